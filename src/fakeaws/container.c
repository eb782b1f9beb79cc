/* Answers for the agents of ECS and EKS. */
#include "fakeaws/container.h"

enum { LIFE_MS = 6 * 3600 * 1000 };

gboolean
lf_fake_container_is(const LfHttpdRequest *request)
{
  return strcmp(request->method, "GET") == 0 &&
         (lf_slice_has_prefix(request->path, "/v2/credentials/") || lf_slice_is(request->path, "/v1/credentials"));
}

void
lf_fake_container_answer(const LfFakeawsOptions *options, LfFakeSessions *sessions, const LfHttpdRequest *request,
                         gint64 now_ms, LfHttpdResponse *response)
{
  lf_httpd_response_add(response, "Content-Type", "application/json");
  if (options->container_token != NULL &&
      !lf_slice_is(lf_httpd_header(request, "authorization"), options->container_token)) {
    response->status = 401;
    lf_buf_append_str(&response->body, "{\"code\":\"AccessDeniedException\",\"message\":\"The authorization token is "
                                       "not valid\",\"HTTPErrorCode\":401}");
    return;
  }
  g_autofree char *arn =
      g_strdup_printf("arn:aws:sts::%s:assumed-role/logferry-task/0123456789abcdef", options->account_id);
  gint64 life_ms = options->session_life_ms > 0 ? options->session_life_ms : LIFE_MS;
  g_autoptr(LfFakeSession) session = lf_fake_sessions_issue(sessions, arn, now_ms + life_ms);
  lf_fake_session_append_json(session, now_ms, &response->body);
}
