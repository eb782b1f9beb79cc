"""What a person sees at the keyboard: exit codes, messages with file, line and column, and what they name."""
import json
import os
import subprocess

import pytest

from conftest import clean_environment

BLOCK = """\
filebeat.modules:
- module: awsfargate
  log:
    enabled: true
{vars}
output.console.enabled: true
"""


@pytest.fixture
def cli(logferry, tmp_path):
    """cli("test", "config") runs the program in an empty folder; cli.write(name, text) puts a file there."""

    class Cli:
        home = str(tmp_path)

        def write(self, name, text, mode=0o600):
            path = os.path.join(self.home, name)
            os.makedirs(os.path.dirname(path), exist_ok=True)
            with open(path, "w", encoding="utf-8") as f:
                f.write(text)
            os.chmod(path, mode)
            return path

        def block(self, **variables):
            self.write("filebeat.yml", BLOCK.format(
                vars="".join(f"    var.{k}: {json.dumps(v)}\n" for k, v in variables.items())))

        def __call__(self, *arguments, stdin=None, **environment):
            command = [logferry, *arguments]
            if arguments and arguments[0] in ("run", "test", "export", "modules"):
                command += ["--path.home", self.home]
            return subprocess.run(command, cwd=self.home, env=clean_environment(self.home, **environment), input=stdin,
                                  capture_output=True, text=True, timeout=60)

    return Cli()


def refused(done, *words):
    assert done.returncode == 2, done.stdout + done.stderr
    for word in words:
        assert word in done.stderr, done.stderr


@pytest.mark.parametrize("variables, words", [
    ({}, ["log_group_arn"]),
    ({"log_group_name": "/g"}, ["filebeat.yml:5:", "region_name"]),
    ({"log_group_name_prefix": "/g"}, ["filebeat.yml:5:", "region_name"]),
    ({"log_group_name": "/g", "log_group_name_prefix": "/h", "region_name": "eu-west-1"},
     ["filebeat.yml:5:", "filebeat.yml:6:"]),
    ({"log_group_arn": "arn:aws:s3:::bucket"}, ["filebeat.yml:5:", "s3"]),
    ({"log_group_arn": "arn:aws:logs:eu-west-1:12:log-group:g"}, ["filebeat.yml:5:"]),
    ({"log_group_arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g", "start_position": "middle"},
     ["filebeat.yml:6:", "beginning, end or lastSync", "middle"]),
    ({"log_group_arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g", "scan_frequency": "1 minute"},
     ["filebeat.yml:6:", "duration", "1 minute"]),
    ({"log_group_arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g", "log_streams": ["a"],
      "log_stream_prefix": "b"}, ["filebeat.yml:6:", "filebeat.yml:7:"]),
    ({"log_group_arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g", "access_key_id": "AKID"},
     ["filebeat.yml:", "secret_access_key"]),
    ({"log_group_arn": "arn:aws:logs:eu-west-1:123456789012:log-group:g", "role_arn": "arn:aws:iam::1:role/r"},
     ["filebeat.yml:6:", "role_arn"]),
    ({"log_group_anr": "x"}, ["filebeat.yml:5:", "log_group_anr", "did you mean", "log_group_arn"]),
    ({"input": "file", "paths": ["/x"]}, ["log", "not there yet"]),
])
def test_wrong_blocks(cli, variables, words):
    cli.block(**variables)
    refused(cli("test", "config"), *words)
    refused(cli("run", "--once"), *words)


@pytest.mark.parametrize("text, words", [
    ("filebeat.modules: []\noutput.console: {}\n", ["no input is enabled"]),
    ("filebeat.modules:\n- module: awsfargate\noutput.console: {}\n", ["filebeat.yml:2:", "log"]),
    ("filebeat.modules:\n- module: nosuch\n  log.enabled: true\noutput.console: {}\n", ["nosuch"]),
    ("filebeat.inputs:\n- type: filestream\n  paths: [/x]\noutput.console: {}\n", ["filebeat.yml:2:", "filestream"]),
    ("filebeat.inputs:\n- type: nosuch\noutput.console: {}\n", ["filebeat.yml:2:", "nosuch"]),
    ("filebeat.inputs:\n- type: aws-cloudwatch\n  log_group_arn: arn:aws:logs:eu-west-1:123456789012:log-group:g\n"
     "  processors:\n  - drop_event: ~\noutput.console: {}\n", ["filebeat.yml:5:", "drop_event"]),
    ("a: [1, 2\n", ["filebeat.yml:", "YAML"]),
    ("output.console: {}\noutput.file.path: /x\n", ["output.file", "output.console"]),
    ("output.kafka.hosts: [a]\n", ["output.kafka"]),
    ("output.console.prety: true\n", ["filebeat.yml:1:", "prety", "did you mean", "pretty"]),
    ("outptu.console: {}\n", ["filebeat.yml:1:", "outptu"]),
    ("name: ${NO_SUCH_VARIABLE}\noutput.console: {}\n", ["filebeat.yml:1:", "NO_SUCH_VARIABLE"]),
    ("name: '${NO_SUCH:?give it a name}'\noutput.console: {}\n", ["give it a name"]),
    ("compat.filebeat: 6.8\noutput.console: {}\n", ["filebeat.yml:1:", "6.8"]),
    ("quota.filter_log_events: many\noutput.console: {}\n", ["filebeat.yml:1:", "many"]),
])
def test_wrong_files(cli, text, words):
    if "filebeat." not in text:
        text += ("filebeat.inputs:\n- type: aws-cloudwatch\n"
                 "  log_group_arn: arn:aws:logs:eu-west-1:123456789012:log-group:g\n")
    cli.write("filebeat.yml", text)
    refused(cli("run", "--once"), *words)


def test_same_group_twice(cli):
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:g"
    cli.write("filebeat.yml", f"filebeat.inputs:\n- type: aws-cloudwatch\n  log_group_arn: {arn}\n"
                              f"- type: aws-cloudwatch\n  log_group_arn: {arn}:*\noutput.console.enabled: true\n")
    refused(cli("run", "--once"), "filebeat.yml:4:", "filebeat.yml:2:")


def test_permissions_of_the_file(cli):
    cli.block(log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:g")
    os.chmod(os.path.join(cli.home, "filebeat.yml"), 0o666)
    refused(cli("test", "config"), "chmod go-w")
    assert cli("test", "config", "--strict.perms=false").returncode == 0


def test_what_is_no_file(cli):
    """A directory is said to be one, and pipes and devices are read, whoever may write to them."""
    cli.block(log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:g")
    with open(os.path.join(cli.home, "filebeat.yml"), encoding="utf-8") as f:
        text = f.read()
    for flags in ([], ["--strict.perms=false"]):
        refused(cli("run", "--once", "-c", cli.home, *flags), f"{cli.home}: is a directory, not a file")
    done = cli("run", "--once", "-c", "/dev/null")
    refused(done)
    assert "chmod" not in done.stderr, done.stderr
    done = cli("test", "config", "-c", "/dev/stdin", stdin=text)
    assert done.returncode == 0, done.stderr
    assert "config file: /dev/stdin" in done.stdout


def test_no_file_and_wrong_flags(cli):
    refused(cli("run", "--once"), "filebeat.yml")
    refused(cli("run", "--onse"), "--onse", "--once")
    refused(cli("run", "-c"), "-c")
    refused(cli("nosuch"), "there is no command nosuch")
    for command in ("verify", "diff", "registry"):
        refused(cli(command, "-c", "x.yml"), f"the command {command} is not there yet")
    assert "not there yet" not in cli("test").stderr + cli("test", "nosuch").stderr
    refused(cli("test"), "say what: config, input, output\n")
    refused(cli("export"), "(not there yet: pipelines, docs)")
    for command in ("run", "demo", "fakeaws", "simulate", "export", "test", "modules", "version", "help"):
        assert cli("help", command).returncode == 0


def test_every_flag_of_filebeat_parses(cli):
    cli.block(log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:g")
    done = cli("test", "config", "-e", "-v", "-d", "*", "--environment", "container", "--strict.perms=true",
               "-E", "name=a", "-M", "awsfargate.*.var.scan_frequency=2m", "--modules", "awsfargate",
                "--httpprof", "localhost:1", "--cpuprofile", "x", "--memprofile", "y",
               "--path.config", cli.home, "--path.data", cli.home, "--path.logs", cli.home)
    assert done.returncode == 0, done.stderr
    assert "every 120s" in done.stdout or "every 2m" in done.stdout


def test_variables_and_merging(cli):
    cli.write("a.yml", "filebeat.modules:\n- module: awsfargate\n  log:\n    enabled: true\n"
                       "    var.log_group_arn: ${ARN}\n    var.scan_frequency: ${FREQ:90s}\n"
                       "    var.session_token: '${NOTHING:\"\"}'\noutput.console.enabled: true\n")
    cli.write("b.yml", "name: '${agent_name:fallback}'\nfields: {region: '${filebeat.modules.0.log.var.scan_frequency}'}\n")
    arn = "arn:aws:logs:eu-west-1:123456789012:log-group:/from/environment"
    done = cli("export", "config", "-c", os.path.join(cli.home, "a.yml"), "-c", os.path.join(cli.home, "b.yml"), ARN=arn)
    assert done.returncode == 0, done.stderr
    assert arn in done.stdout and "name: fallback" in done.stdout and "region: 90s" in done.stdout
    done = cli("export", "input", "-c", os.path.join(cli.home, "a.yml"), ARN=arn, FREQ="30s")
    assert "scan_frequency: 30s" in done.stdout and "session_token" not in done.stdout


def test_secrets_are_masked(cli):
    cli.block(log_group_arn="arn:aws:logs:eu-west-1:123456789012:log-group:g", access_key_id="AKIDX",
              secret_access_key="S3CR3T", session_token="T0K3N")
    for command in (["export", "input"], ["export", "config"], ["test", "config"]):
        done = cli(*command)
        assert done.returncode == 0, done.stderr
        assert "S3CR3T" not in done.stdout + done.stderr
        assert "T0K3N" not in done.stdout + done.stderr


def test_modules(cli):
    cli.write("filebeat.yml", "filebeat.config.modules.path: ${path.config}/modules.d/*.yml\noutput.console.enabled: true\n")
    assert "Disabled:\nawsfargate" in cli("modules", "list").stdout
    done = cli("modules", "enable", "awsfargate")
    assert done.returncode == 0, done.stderr
    assert os.path.exists(os.path.join(cli.home, "modules.d/awsfargate.yml"))
    assert "Enabled:\nawsfargate" in cli("modules", "list").stdout
    assert cli("modules", "enable", "nosuch").returncode != 0
    assert cli("modules", "disable", "awsfargate").returncode == 0
    assert os.path.exists(os.path.join(cli.home, "modules.d/awsfargate.yml.disabled"))


def test_modules_d_is_read(cli):
    cli.write("filebeat.yml", "filebeat.config.modules:\n  path: ${path.config}/modules.d/*.yml\n  reload.enabled: true\n"
                              "output.console.enabled: true\n")
    cli.write("modules.d/awsfargate.yml", "- module: awsfargate\n  log:\n    enabled: true\n"
                                          "    var.log_group_name: /from/modules.d\n")
    done = cli("test", "config", "-M", "awsfargate.log.var.region_name=eu-west-1")
    assert done.returncode == 0, done.stderr
    assert "/from/modules.d in eu-west-1" in done.stdout
    assert "reload" in done.stderr


def test_stock_configuration_starts(cli):
    cli.write("filebeat.yml", """\
filebeat.inputs:
- type: filestream
  id: my-filestream-id
  enabled: false
  paths: [/var/log/*.log]
filebeat.config.modules:
  path: ${path.config}/modules.d/*.yml
  reload.enabled: false
setup.template.settings:
  index.number_of_shards: 1
setup.kibana:
output.elasticsearch:
  hosts: ["localhost:9200"]
processors:
  - add_host_metadata:
      when.not.contains.tags: forwarded
  - add_cloud_metadata: ~
  - add_docker_metadata: ~
  - add_kubernetes_metadata: ~
filebeat.modules:
- module: awsfargate
  log:
    enabled: true
    var.log_group_arn: arn:aws:logs:us-east-1:428152502467:log-group:test:*
    var.credential_profile_name: fb-aws
""")
    done = cli("test", "config")
    assert done.returncode == 0, done.stderr
    assert "filebeat.yml:12:1): hosts localhost:9200\n" in done.stdout, done.stdout
    for word in ("add_host_metadata", "add_cloud_metadata", "add_docker_metadata", "add_kubernetes_metadata"):
        assert done.stderr.count(word + " ") + done.stderr.count(word + ":") >= 1, word


def test_simulate(cli):
    cli.write("p.yml", "processors:\n- set: {field: a.b, value: '{{x}}!'}\n- drop: {if: ctx.x == 'no'}\n"
                       "- fail: {if: ctx.x == 'bad', message: 'was {{x}}'}\n")
    docs = '{"x":"yes"}\n\n{"_id":"7","_index":"i","_source":{"x":"no"}}\n{"x":"bad"}\n{"_id":"8","_source":{"x":"8"}}\n'
    done = cli("simulate", "--pipeline", "p.yml", "--format", "json", stdin=docs)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, done.stderr
    assert answers[0]["doc"]["_source"] == {"x": "yes", "a": {"b": "yes!"}}
    assert answers[1] is None
    assert answers[2] == {"error": {"type": "fail_processor_exception", "reason": "was bad"}}
    assert (answers[3]["doc"]["_id"], answers[3]["doc"]["_index"]) == ("8", "_index")
    assert set(answers[0]["doc"]) == {"_index", "_id", "_source", "_ingest"}
    cli.write("refused.json", '{"processors":[{"set":{"value":1}}]}')
    done = cli("simulate", "--pipeline", "refused.json", "--format", "json", stdin="{}")
    assert done.returncode == 2
    assert json.loads(done.stdout) == {"error": {"type": "parse_exception",
                                                 "reason": "[field] required property is missing"}}
    done = cli("simulate", "--pipeline", "p.yml", "--format", "json", stdin="{not json}\n{}\n")
    assert done.returncode == 1 and "-:1:" in done.stderr
    assert len(done.stdout.splitlines()) == 2


def test_version(cli):
    done = cli("version")
    assert done.returncode == 0
    assert "awsfargate" in done.stdout and "9.2.2" in done.stdout and "7.17.29" in done.stdout
