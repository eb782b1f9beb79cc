/* Runs a command on one CPU and says what it took: wall, user and system time, peak memory, when it began. */
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static double
now(void)
{
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double
seconds(struct timeval t)
{
  return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

int
main(int argc, char **argv)
{
  if (argc < 4) {
    fprintf(stderr, "usage: measure CPU RESULT COMMAND...\n");
    return 2;
  }
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(atoi(argv[1]), &set);
  double begun = now();
  pid_t pid = fork();
  if (pid == 0) {
    if (sched_setaffinity(0, sizeof set, &set) != 0)
      perror("measure: sched_setaffinity");
    execvp(argv[3], argv + 3);
    perror(argv[3]);
    _exit(127);
  }
  int status;
  struct rusage u;
  if (pid < 0 || wait4(pid, &status, 0, &u) != pid)
    return 1;
  double wall = now() - begun;
  FILE *out = fopen(argv[2], "w");
  if (out == NULL)
    return 1;
  fprintf(out,
          "{\"begun\":%.9f,\"wall\":%.6f,\"user\":%.6f,\"system\":%.6f,\"peak_kb\":%ld,\"switches\":%ld,\"faults\":%ld,"
          "\"status\":%d}\n",
          begun, wall, seconds(u.ru_utime), seconds(u.ru_stime), u.ru_maxrss, u.ru_nvcsw + u.ru_nivcsw, u.ru_minflt,
          WIFEXITED(status) ? WEXITSTATUS(status) : -1);
  fclose(out);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
