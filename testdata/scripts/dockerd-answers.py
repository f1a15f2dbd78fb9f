#!/usr/bin/env python3
"""Asks real dockerds what they say of configuration files: VERSION=PATH-OF-DOCKERD ... > answers.tsv

Rows: version, flags, the file's bytes (JSON string, latin-1), accepted or refused, the message.
From 23.0 on `dockerd --validate` answers. Before, dockerd is started: it reads its configuration before anything else,
and what accepts it ends on the missing containerd. Run it where neither containerd nor a Docker runs.
"""
import json, os, subprocess, sys, tempfile

FILES = [
    (b'', []), (b' \n\t', []), (b'{}', []), (b'null', []), (b'[]', []), (b'"x"', []), (b'12', []), (b'{', []),
    (b'{"debug": true,}', []), (b"{'debug': true}", []), (b'{"debug": true} x', []), (b'{} {}', []), (b'{}\n\n', []),
    (b'# no\n{}', []), (b'\xef\xbb\xbf{"debug": true}', []), (b'\xef\xbb\xbf', []),
    (b'{"labels": ["a=\xff"]}', []), (b'{"log-driver": "json-\xe4file"}', []),
    ('\ufeff{"debug": true}'.encode('utf-16-le'), []), (b'\xfe\xff' + '{"debug": true}'.encode('utf-16-be'), []),
    (b'{"debug": true, "debug": false}', []), (b'{"Debug": true}', []), (b'{"bogus": 1}', []),
    (b'{"bogus": {"debug": true}}', []), (b'{"bogus": {"nothing": true}}', []), (b'{"bogus": {}}', []),
    (b'{"log-level": "loud"}', []), (b'{"log-level": "INFO"}', []), (b'{"log-level": ""}', []),
    (b'{"log-level": "warning"}', []), (b'{"log-opts": {"max-file": 3}}', []), (b'{"log-opts": {"max-file": "3"}}', []),
    (b'{"log-opts": {"max-file": null}}', []), (b'{"hosts": "fd://"}', []), (b'{"hosts": ["fd://"]}', []),
    (b'{"hosts": ["fd://", 1]}', []), (b'{"host": ["fd://"]}', []), (b'{"label": 1}', []), (b'{"labels": ["a=b"]}', []),
    (b'{"live-restore": "true"}', []), (b'{"live-restore": 1}', []), (b'{"live-restore": null}', []),
    (b'{"mtu": "1450"}', []), (b'{"mtu": 1450}', []), (b'{"mtu": 1450.5}', []), (b'{"mtu": 1e3}', []),
    (b'{"default-shm-size": "64M"}', []), (b'{"default-shm-size": 67108864}', []), (b'{"default-shm-size": true}', []),
    (b'{"default-ulimits": {"nofile": {"Name": "nofile", "Hard": 64, "Soft": 64}}}', []),
    (b'{"default-ulimits": []}', []), (b'{"runtimes": {"x": {"path": "/x"}}}', []), (b'{"runtimes": []}', []),
    (b'{"features": {"buildkit": true}}', []), (b'{"features": {"buildkit": "true"}}', []),
    (b'{"builder": {"gc": {"enabled": true}}}', []),
    (b'{"default-address-pools": [{"base": "10.0.0.0/8", "size": 24}]}', []), (b'{"default-address-pools": {}}', []),
    (b'{"default-address-pools": {"base": "10.0.0.0/8"}}', []), (b'{"default-address-pools": ["x"]}', []),
    (b'{"proxies": {"http-proxy": "http://p:3128", "no-proxy": "x"}}', []), (b'{"proxies": {"http-proxy": 1}}', []),
    (b'{"proxies": null}', []), (b'{"http-proxy": 1}', []), (b'{"tlsopts": {"tlscacert": "/x"}}', []),
    (b'{"default-network-opts": {"bridge": {"com.docker.network.driver.mtu": "1450"}}}', []),
    (b'{"default-network-opts": {"bridge": "x"}}', []), (b'{"api-cors-header": "*"}', []), (b'{"api-cors-header": ""}', []),
    (b'{"allow-nondistributable-artifacts": ["x:5000"]}', []), (b'{"deprecated-key-path": "/x"}', []),
    (b'{"dns": ["10.0.0.2"]}', []), (b'{"dns": "10.0.0.2"}', []), (b'{"insecure-registries": ["x:5000"]}', []),
    (b'{"registry-mirrors": ["https://x"]}', []), (b'{"node-generic-resources": ["a=1"]}', []),
    (b'{"cdi-spec-dirs": ["/etc/cdi"]}', []), (b'{"containerd": "/x.sock"}', ['--containerd=/x.sock']),
    (b'{"hosts": ["unix:///x"]}', ['-H', 'fd://']), (b'{"host": ["unix:///x"]}', ['-H', 'fd://']),
    (b'{"hosts": null}', ['--host=fd://']), (b'{"log-driver": "awslogs"}', ['--log-driver=json-file']),
    (b'{"default-ulimits": {}}', ['--default-ulimit', 'nofile=32768:65536']),
    (b'{"x": {"log-driver": "awslogs"}}', ['--log-driver=json-file']),
    (b'{"default-ulimit": {}}', ['--default-ulimit', 'nofile=32768:65536']),
    (b'{"default-ulimit": 1}', ['--default-ulimit', 'nofile=32768:65536']),
    (b'{"runtimes": {"x": {"path": "/x"}}}', ['--add-runtime', 'y=/y']), (b'{"debug": true}', ['-D']),
    (b'{"debug": true}', ['-Dl', 'info']), (b'{"log-level": "info"}', ['-Dl', 'info']), (b'{"D": true}', ['-D']),
    (b'{"storage-driver": "overlay2"}', ['-s', 'vfs']), (b'{"log-opts": {"a": "b"}}', ['--log-opt', 'max-size=1m']),
    (b'{"labels": ["a=b"]}', ['--label=c=d']), (b'{"dns-search": ["x"]}', ['--dns-search=y']),
    (b'{"insecure-registries": []}', ['--insecure-registry=x']),
]
KEYS = """add-runtime runtimes allow-direct-routing allow-nondistributable-artifacts api-cors-header authorization-plugin
authorization-plugins bip bip6 bridge bridge-accept-fwmark builder cdi-spec-dir cdi-spec-dirs cgroup-parent
cluster-advertise cluster-store cluster-store-opt cluster-store-opts config-file containerd containerd-namespace
containerd-plugins-namespace cpu-rt-period cpu-rt-runtime cri-containerd data-root debug default-address-pool
default-address-pools default-cgroupns-mode default-gateway default-gateway-v6 default-init default-ipc-mode
default-network-opt default-network-opts default-runtime default-shm-size default-ulimit default-ulimits
deprecated-key-path disable-legacy-registry dns dns-opt dns-opts dns-search exec-opt exec-opts exec-root experimental
feature features firewall-backend fixed-cidr fixed-cidr-v6 graph group help host hosts host-gateway-ip host-gateway-ips
http-proxy https-proxy icc init init-path insecure-registry insecure-registries ip ip-forward ip-forward-no-drop ip-mask
ip-masq ip6tables iptables ipv6 isolation label labels live-restore log-driver log-format log-level log-opt log-opts
max-concurrent-downloads max-concurrent-uploads max-download-attempts metrics-addr min-api-version mtu
network-control-plane-mtu network-diagnostic-port no-new-privileges no-proxy node-generic-resource
node-generic-resources nri-opts oom-score-adjust pidfile raw-logs registry-mirror registry-mirrors resolv-conf restart
rootless seccomp-profile selinux-enabled shutdown-timeout storage-driver storage-opt storage-opts
swarm-default-advertise-addr swarm-raft-election-tick swarm-raft-heartbeat-tick tls tlscacert tlscert tlskey tlsverify
trusted-key userland-proxy userland-proxy-path userns-remap validate version""".split()
FILES += [(json.dumps({key: None}).encode(), []) for key in KEYS]
# Flags that this script itself gives, and a key that sends dockerd looking for certificates on this machine.
NOT_ASKED = {True: {"config-file", "validate", "tlsverify"}, False: {"config-file", "data-root", "exec-root", "pidfile"}}


def answer(version, dockerd, text, flags):
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "daemon.json")
        open(path, "wb").write(text)
        # A namespace of its own for mounts and the network: versions before 23.0 begin to set up what they need.
        command = ["unshare", "-m", "-n", dockerd, "--config-file", path] + flags
        if int(version.split(".")[0]) >= 23:
            command.append("--validate")
        else:
            command += ["--data-root", folder + "/root", "--exec-root", folder + "/exec", "-p", folder + "/pid"]
        environment = dict(os.environ, PATH=os.path.dirname(dockerd) + ":" + os.environ["PATH"])
        run = subprocess.run(command, env=environment, capture_output=True, timeout=60)
        output = (run.stdout + run.stderr).decode(errors="replace").replace(path, "FILE")
        isRefused = "unable to configure the Docker daemon" in output or "unable to parse logging level" in output
        if "configuration OK" not in output and not isRefused and int(version.split(".")[0]) >= 23:
            isRefused = True
        line = next((line for line in output.splitlines() if "unable to" in line or "invalid" in line), "")
        return ("refused" if isRefused else "accepted"), line[-160:].replace("\t", " ") if isRefused else ""


for argument in sys.argv[1:]:
    version, dockerd = argument.split("=", 1)
    skipped = {json.dumps({key: None}).encode() for key in NOT_ASKED[int(version.split(".")[0]) >= 23]}
    for text, flags in FILES:
        if text in skipped:
            continue
        verdict, line = answer(version, dockerd, text, flags)
        print(version, " ".join(flags), json.dumps(text.decode("latin-1")), verdict, line, sep="\t", flush=True)
