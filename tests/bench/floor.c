/* The floor that logferry is measured against: the recorded requests again, with libcurl, the answers' bytes to a file. */
#include <curl/curl.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUFFER_BYTES = 256 * 1024 };

static char buffer[BUFFER_BYTES];
static size_t buffered;
static int out_fd;

static void
flush(void)
{
  for (size_t at = 0; at < buffered;) {
    ssize_t n = write(out_fd, buffer + at, buffered - at);
    if (n <= 0)
      exit(1);
    at += (size_t)n;
  }
  buffered = 0;
}

static size_t
on_body(char *p, size_t size, size_t n, void *data)
{
  (void)data;
  if (buffered + size * n > BUFFER_BYTES)
    flush();
  memcpy(buffer + buffered, p, size * n);
  buffered += size * n;
  return size * n;
}

int
main(int argc, char **argv)
{
  char *line = NULL;
  size_t room = 0;
  if (argc != 5) {
    fprintf(stderr, "usage: floor URL CA_PEM REQUESTS OUT\n");
    return 2;
  }
  FILE *requests = fopen(argv[3], "r");
  out_fd = open(argv[4], O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (requests == NULL || out_fd < 0)
    return 1;
  curl_global_init(CURL_GLOBAL_DEFAULT);
  CURL *e = curl_easy_init();
  struct curl_slist *headers = curl_slist_append(NULL, "X-Amz-Target: Logs_20140328.FilterLogEvents");
  headers = curl_slist_append(headers, "Content-Type: application/x-amz-json-1.1");
  headers = curl_slist_append(headers, "Expect:");
  curl_easy_setopt(e, CURLOPT_URL, argv[1]);
  curl_easy_setopt(e, CURLOPT_CAINFO, argv[2]);
  curl_easy_setopt(e, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
  for (ssize_t n; (n = getline(&line, &room, requests)) > 0;) {
    curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE, (long)n - 1);
    curl_easy_setopt(e, CURLOPT_POSTFIELDS, line);
    CURLcode code = curl_easy_perform(e);
    if (code != CURLE_OK) {
      fprintf(stderr, "floor: %s\n", curl_easy_strerror(code));
      return 1;
    }
  }
  flush();
  if (fdatasync(out_fd) != 0)
    return 1;
  return 0;
}
