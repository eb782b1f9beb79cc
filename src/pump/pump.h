/* The pump: batches from the input through workers to the output, and acknowledgements back into the state. */
#ifndef LF_PUMP_PUMP_H
#define LF_PUMP_PUMP_H

#include "output/output.h"
#include "state/state.h"

typedef struct LfPump LfPump;

/* What workers do to a batch: run its source's program. Called by several threads, one batch each. */
typedef void (*LfPumpWorkFn)(LfBatch *batch, void *data);

/* All is borrowed for the pump's life. `queue_bytes` and `queue_events` (0: no bound) are how much lf_pump_has_room lets in
 * between the inputs and the output's own queue. `wake` (nullable) is called, in any thread, when there is the room, or a
 * lane holds as little, as was asked for in vain. */
typedef struct {
  LfState *state;
  LfOutput *output;
  const char *output_name;
  guint workers;
  gsize queue_bytes;
  guint64 queue_events;
  void (*wake)(void *data);
  void *wake_data;
  LfPumpWorkFn work;
  void *work_data;
} LfPumpOptions;

/* Numbers of acknowledged events. */
typedef struct {
  guint64 batches;
  guint64 delivered;
  guint64 dropped; /* by a pipeline's drop */
  guint64 dead;
  guint64 replayed;  /* dead letters that were delivered after all: of `delivered` */
  guint64 dead_lost; /* dead letters that were deleted because there were too many */
} LfPumpCounts;

/* Returns: (transfer full): lf_pump_free. Its acknowledgement function is given to the output before: lf_pump_ack with
 * the pump. */
LfPump *lf_pump_new(void);

/* Starts the workers. */
void lf_pump_start(LfPump *pump, const LfPumpOptions *options);

/* The output's LfOutputAckFn; `data` is the pump. It needs nothing but the state, which is set here. */
void lf_pump_set_state(LfPump *pump, LfState *state, const char *output_name);
gboolean lf_pump_ack(void *data, LfTicket **tickets, guint n, LfSlice position, gboolean durable, GError **error);

/* The sink of the inputs (LfCwlSink): `data` is the pump. Lanes live as long as the pump. */
void *lf_pump_lane(void *data);
gboolean lf_pump_emit(void *data, LfBatch *batch);
gboolean lf_pump_has_room(void *data, gsize bytes);
gboolean lf_pump_lane_holds_less(void *data, void *lane, gsize bytes);
gsize lf_pump_held(void *data);
void lf_pump_lane_counts(void *data, void *lane, LfLaneCounts *out);

/* Delivers all that was emitted, waits until it is acknowledged, stops the workers.
 * Returns: FALSE with the output's error. */
gboolean lf_pump_finish(LfPump *pump, GError **error);

/* Frees; lf_pump_finish first. NULL is allowed. */
void lf_pump_free(LfPump *pump);

/* The numbers; any thread. */
LfPumpCounts lf_pump_counts(LfPump *pump);

#endif
