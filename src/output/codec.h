/* How an event becomes bytes: the codecs of Filebeat's outputs. */
#ifndef LF_OUTPUT_CODEC_H
#define LF_OUTPUT_CODEC_H

#include "base/buf.h"
#include "config/option/option.h"
#include "text/formatstring.h"
#include "value/batch.h"

/* `json` and `format` are set where the configuration names them; no more than one may be. */
typedef struct {
  gboolean pretty;
  gboolean escape_html;
  const char *format_string; /* (nullable) */
} LfCodecSettings;

/* The rows of LfCodecSettings: json.pretty, json.escape_html, format.string. */
extern const LfOptionTable lf_codec_options;

typedef struct LfCodec LfCodec;

/* Compiles the codec. Returns: (transfer none): in the arena; NULL with LF_CONFIG_ERROR. */
LfCodec *lf_codec_new(LfArena *arena, const LfCodecSettings *settings, LfPlace place, GError **error);

/* Appends one event (with its @metadata) and a line feed. One thread at a time. Returns: FALSE where the event cannot be
 * written: it is a dead letter then (lf_batch_kill), and `out` is unchanged. */
gboolean lf_codec_write(LfCodec *codec, LfBatch *batch, LfEvent *e, LfBuf *out);

/* Rewrites <, > and & as \u003c, \u003e and \u0026 in the JSON text behind `mark`. */
void lf_codec_escape_html(LfBuf *out, gsize mark);

#endif
