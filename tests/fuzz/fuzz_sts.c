/* Fuzzes the readers of credentials: answers of STS in XML, documents of agents and processes in JSON. */
#include "aws/cred/document.h"
#include "aws/sts.h"

#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(LfCredentials *found, GError *error)
{
  g_assert((found == NULL) == (error != NULL));
  g_assert(found == NULL || (found->access_key_id[0] != '\0' && found->secret_access_key[0] != '\0'));
  lf_credentials_free(found);
  g_clear_error(&error);
}

static void
check_document(LfSlice text, const LfCredNames *names)
{
  GError *error = NULL;
  g_auto(LfBuf) body = {0};
  lf_buf_append_slice(&body, text);
  LfCredentials *found = lf_cred_document_read(&body, names, "fuzz", &error);
  check(found, error);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
  LfSlice text = lf_slice((const char *)data, size);
  GError *error = NULL;
  LfCredentials *found = lf_sts_role_answer(text, "fuzz", &error);
  check(found, error);
  g_autofree char *account = lf_sts_identity_answer(text);
  g_assert(account == NULL || strlen(account) == 12);
  g_autofree char *code = NULL, *message = NULL;
  lf_sts_failure(400, text, &code, &message);
  g_assert(code != NULL && message != NULL);
  check_document(text, &lf_cred_names_agent);
  check_document(text, &lf_cred_names_process);
  check_document(text, &lf_cred_names_portal);
  g_free(lf_cred_document_text(text, "Code"));
  lf_cred_document_int(text, "Version", -1);
  return 0;
}
