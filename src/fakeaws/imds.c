/* Answers for the metadata service of an EC2 instance. */
#include "fakeaws/imds.h"

#define ROLE "logferry-instance"
#define ROLES_PATH "/latest/meta-data/iam/security-credentials/"

#define REGION_PATH "/latest/meta-data/placement/region"

enum { TTL_MAX_S = 21600, LIFE_MS = 6 * 3600 * 1000 };

gboolean
lf_fake_imds_is(const LfHttpdRequest *request)
{
  return lf_slice_has_prefix(request->path, "/latest/");
}

static void
refuse(LfHttpdResponse *response, guint status, const char *title)
{
  response->status = status;
  lf_buf_printf(&response->body, "<html><head><title>%u - %s</title></head></html>\n", status, title);
}

static void
answer_token(const LfHttpdRequest *request, const char *token, LfHttpdResponse *response)
{
  g_autofree char *ttl = lf_slice_dup(lf_httpd_header(request, "x-aws-ec2-metadata-token-ttl-seconds"));
  if (strcmp(request->method, "PUT") != 0)
    refuse(response, 405, "Method Not Allowed");
  else if (lf_httpd_header(request, "x-forwarded-for").len > 0)
    refuse(response, 403, "Forbidden");
  else if (!g_ascii_string_to_unsigned(ttl, 10, 1, TTL_MAX_S, NULL, NULL))
    refuse(response, 400, "Bad Request");
  else
    lf_buf_append_str(&response->body, token);
}

void
lf_fake_imds_answer(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                    const char *token, gint64 now_ms, LfHttpdResponse *response)
{
  lf_httpd_response_add(response, "Content-Type", "text/plain");
  if (lf_slice_is(request->path, "/latest/api/token")) {
    answer_token(request, token, response);
  } else if (strcmp(request->method, "GET") != 0) {
    refuse(response, 405, "Method Not Allowed");
  } else if (!lf_slice_is(lf_httpd_header(request, "x-aws-ec2-metadata-token"), token)) {
    refuse(response, 401, "Unauthorized");
  } else if (lf_slice_is(request->path, REGION_PATH)) {
    lf_buf_append_str(&response->body, options->region);
  } else if (lf_slice_is(request->path, ROLES_PATH)) {
    lf_buf_append_str(&response->body, ROLE);
  } else if (lf_slice_is(request->path, ROLES_PATH ROLE)) {
    g_autofree char *arn =
        g_strdup_printf("arn:aws:sts::%s:assumed-role/" ROLE "/i-0123456789abcdef0", options->account_id);
    gint64 life_ms = options->session_life_ms > 0 ? options->session_life_ms : LIFE_MS;
    g_autoptr(LfFakeSession) session = lf_fake_sessions_issue(sessions, arn, now_ms + life_ms);
    lf_fake_session_append_json(session, now_ms, &response->body);
  } else {
    refuse(response, 404, "Not Found");
  }
}
