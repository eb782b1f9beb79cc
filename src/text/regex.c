/* Regular expressions on PCRE2. */
#include "text/regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <pthread.h>
#include <time.h>

/* MATCH_STEPS and MATCH_HEAP_KIB bound what begins at one place of the text. So that a search from all places is bounded,
 * too, it goes on in slices, between which the time is looked at; a slice grows while they are quick. */
enum {
  SLICE_FIRST = 256,
  SLICE_QUICK_NS = 1000 * 1000,
  SEARCH_MAX_NS = 500 * 1000 * 1000,
  JIT_STACK_FIRST = 32 * 1024,
  JIT_STACK_MAX = 1024 * 1024,
  MATCH_STEPS = 1000 * 1000,
  MATCH_HEAP_KIB = 20 * 1024
};

struct LfRegex {
  pcre2_code *code;
};

/* What a thread matches with: made at its first match, freed with it. */
typedef struct {
  pcre2_match_data *data;
  pcre2_match_context *context;
  pcre2_jit_stack *stack;
} Matcher;

static pthread_key_t matcher_key;
static pthread_once_t matcher_once = PTHREAD_ONCE_INIT;

static void
matcher_free(void *p)
{
  Matcher *m = p;
  pcre2_match_data_free(m->data);
  pcre2_match_context_free(m->context);
  pcre2_jit_stack_free(m->stack);
  g_free(m);
}

/* The main thread's is never freed by its key. */
static void
free_own(void)
{
  Matcher *m = pthread_getspecific(matcher_key);
  if (m != NULL)
    matcher_free(m);
}

static void
make_key(void)
{
  g_assert(pthread_key_create(&matcher_key, matcher_free) == 0);
  atexit(free_own);
}

static Matcher *
own_matcher(void)
{
  pthread_once(&matcher_once, make_key);
  Matcher *m = pthread_getspecific(matcher_key);
  if (m != NULL)
    return m;
  m = g_new0(Matcher, 1);
  m->data = pcre2_match_data_create(1, NULL);
  m->context = pcre2_match_context_create(NULL);
  g_assert(m->data != NULL && m->context != NULL);
  m->stack = pcre2_jit_stack_create(JIT_STACK_FIRST, JIT_STACK_MAX, NULL);
  if (m->stack != NULL) /* there is none where PCRE2 was built without a JIT */
    pcre2_jit_stack_assign(m->context, NULL, m->stack);
  pcre2_set_match_limit(m->context, MATCH_STEPS);
  pcre2_set_heap_limit(m->context, MATCH_HEAP_KIB);
  g_assert(pthread_setspecific(matcher_key, m) == 0);
  return m;
}

LfRegex *
lf_regex_new(LfSlice pattern, char **why)
{
  int code = 0;
  PCRE2_SIZE at = 0;
  pcre2_compile_context *context = pcre2_compile_context_create(NULL);
  g_assert(context != NULL);
  pcre2_set_newline(context, PCRE2_NEWLINE_LF);
  pcre2_set_max_pattern_length(context, LF_REGEX_TRANSLATED_MAX);
  pcre2_code *compiled = pcre2_compile((PCRE2_SPTR)(pattern.len > 0 ? pattern.p : ""), pattern.len,
                                       PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_DOTALL | PCRE2_ALT_CIRCUMFLEX |
                                           PCRE2_NO_AUTO_CAPTURE | PCRE2_NEVER_BACKSLASH_C | PCRE2_USE_OFFSET_LIMIT,
                                       &code, &at, context);
  pcre2_compile_context_free(context);
  if (compiled == NULL) {
    PCRE2_UCHAR text[256];
    pcre2_get_error_message(code, text, sizeof text);
    if (why != NULL)
      *why = g_strdup((const char *)text);
    return NULL;
  }
  /* without it (no JIT in this PCRE2, no executable memory to be had) matching is slower and no different */
  pcre2_jit_compile(compiled, PCRE2_JIT_COMPLETE);
  LfRegex *regex = g_new0(LfRegex, 1);
  regex->code = compiled;
  return regex;
}

void
lf_regex_free(LfRegex *regex)
{
  if (regex == NULL)
    return;
  pcre2_code_free(regex->code);
  g_free(regex);
}

/* Of this thread. */
static gint64
cpu_time_ns(void)
{
  struct timespec t;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return (gint64)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* A match that begins from `from` to `to`. */
static int
search(const LfRegex *regex, Matcher *m, LfSlice text, gsize from, gsize to)
{
  PCRE2_SPTR subject = (PCRE2_SPTR)(text.len > 0 ? text.p : "");
  pcre2_set_offset_limit(m->context, to);
  int rc = pcre2_match(regex->code, subject, text.len, from, 0, m->data, m->context);
  if (rc == PCRE2_ERROR_JIT_STACKLIMIT)
    rc = pcre2_match(regex->code, subject, text.len, from, PCRE2_NO_JIT, m->data, m->context);
  return rc;
}

LfRegexResult
lf_regex_match(const LfRegex *regex, LfSlice text)
{
  Matcher *m = own_matcher();
  gsize slice = SLICE_FIRST, to = MIN(slice, text.len);
  int rc = search(regex, m, text, 0, to);
  gint64 begin_ns = to < text.len ? cpu_time_ns() : 0, last_ns = begin_ns;
  while (rc == PCRE2_ERROR_NOMATCH && to < text.len) {
    gsize from = to + 1;
    while (from < text.len && ((guint8)text.p[from] & 0xc0) == 0x80)
      from++;
    to = MIN(from + slice, text.len);
    rc = search(regex, m, text, from, to);
    gint64 now_ns = cpu_time_ns();
    if (now_ns - last_ns < SLICE_QUICK_NS)
      slice *= 2;
    if (now_ns - begin_ns > SEARCH_MAX_NS && rc == PCRE2_ERROR_NOMATCH && to < text.len)
      return LF_REGEX_LIMIT;
    last_ns = now_ns;
  }
  return rc >= 0 ? LF_REGEX_YES : rc == PCRE2_ERROR_NOMATCH ? LF_REGEX_NO : LF_REGEX_LIMIT;
}
