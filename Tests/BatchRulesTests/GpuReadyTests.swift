/// gpu-ready: installed modules, Amazon's archives, dkms, what units may load, libraries and runtimes, and images
/// without GPUs.

import ImageFacts
import ImageReading
import TestSupport
import Testing

@testable import BatchRules

@Suite struct GpuReadyTests {
    static let kernel = "6.1.188-233.385.amzn2023.x86_64"
    static let modules = "/usr/lib/modules/\(kernel)"
    static let config = "/var/lib/ecs/ecs.config"

    /// The ECS image of Amazon Linux 2023 as its GPU recipe changes it (aws/amazon-ecs-ami,
    /// scripts/al2023/gpu/install-nvidia-driver.sh and enable-ecs-agent-gpu-support-al2023.sh).
    static func amazon(_ changes: [String: LiteralEntry?] = [:]) throws -> [String: LiteralEntry] {
        var entries = try WholeImage.amazonLinux()
        let archive = "nvidia-570.195.03-kernel\(kernel)-x86_64.dkms.tar.gz"
        let recipe: [String: LiteralEntry] = [
            config: "ECS_ENABLE_GPU_SUPPORT=true\n",
            "/etc/docker-runtimes.d/nvidia": .executable("#!/bin/sh\nexec /usr/bin/nvidia-container-runtime \"$@\"\n"),
            "/usr/bin/nvidia-container-runtime": WholeImage.program, "/usr/bin/nvidia-ctk": WholeImage.program,
            "/usr/bin/kmod-util": .executable(), "/usr/lib64/libnvidia-ml.so.1": .link("libnvidia-ml.so.570.195.03"),
            "/usr/lib64/libnvidia-ml.so.570.195.03": "library",
            "/var/lib/dkms-archive/nvidia/\(archive)": "archive",
            "/var/lib/dkms-archive/nvidia-grid/\(archive)": "archive",
            "/etc/ecs/nvidia-kmod-load.sh": .executable("#!/usr/bin/env bash\nexec kmod-util load nvidia\n"),
            "/etc/systemd/system/nvidia-kmod-load.service": """
            [Unit]
            Before=nvidia-fabricmanager.service nvidia-persistenced.service ecs.service

            [Service]
            Type=oneshot
            ExecStart=/etc/ecs/nvidia-kmod-load.sh
            RemainAfterExit=true

            [Install]
            WantedBy=multi-user.target

            """,
            enabled: .link("/etc/systemd/system/nvidia-kmod-load.service"),
            "\(modules)/modules.dep": "kernel/drivers/net/veth.ko.xz:\n",
            "\(modules)/modules.builtin": "kernel/drivers/nvme/host/nvme.ko\n",
        ]
        entries.merge(recipe) { $1 }
        for (path, entry) in changes { entries[path] = entry }
        return entries
    }

    static let enabled = "/etc/systemd/system/multi-user.target.wants/nvidia-kmod-load.service"

    /// The same with the module installed and no loader.
    static func installed(_ changes: [String: LiteralEntry?] = [:]) throws -> [String: LiteralEntry] {
        let module: [String: LiteralEntry?] = [enabled: nil, "\(modules)/modules.dep": "extra/nvidia.ko.xz:\n"]
        return try amazon(module.merging(changes) { $1 })
    }

    static func finding(_ entries: [String: LiteralEntry], _ policy: Policy = .test) throws -> Finding {
        Rule.gpuReady.evaluate(try LiteralSource(entries).read(Facts.wants) { Facts(in: $0) }.value, policy)
    }

    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let entries: @Sendable () throws -> [String: LiteralEntry]
        let verdict: Verdict.Kind
        let says: String

        init(
            _ name: String, _ verdict: Verdict.Kind, _ says: String,
            _ entries: @escaping @Sendable () throws -> [String: LiteralEntry]
        ) {
            testDescription = name
            self.entries = entries
            self.verdict = verdict
            self.says = says
        }
    }

    private static func dkms(_ more: [String: LiteralEntry?] = [:]) throws -> [String: LiteralEntry] {
        let sources: [String: LiteralEntry?] = [
            enabled: nil, "/var/lib/dkms-archive/nvidia/nvidia-570.195.03-kernel\(kernel)-x86_64.dkms.tar.gz": nil,
            "/var/lib/dkms-archive/nvidia-grid/nvidia-570.195.03-kernel\(kernel)-x86_64.dkms.tar.gz": nil,
            "/usr/src/nvidia-570.195.03/dkms.conf": "PACKAGE_NAME=\"nvidia\"\nAUTOINSTALL=yes\n",
            "/usr/lib/systemd/system/dkms.service":
                "[Service]\nType=oneshot\nExecStart=/usr/sbin/dkms autoinstall\n[Install]\nWantedBy=multi-user.target\n",
            "/etc/systemd/system/multi-user.target.wants/dkms.service": .link("/usr/lib/systemd/system/dkms.service"),
            "\(modules)/build": .link("/usr/src/kernels/\(kernel)"), "/usr/src/kernels/\(kernel)": .directory,
        ]
        return try amazon(sources.merging(more) { $1 })
    }

    static let cases = [
        Case("Amazon's own GPU image", .pass, "nvidia-kmod-load.service loads the module nvidia from") { try amazon() },
        Case("its archives and nothing that loads them", .fail, "is loaded by nothing that starts") {
            try amazon([enabled: nil])
        },
        Case("a module built for the kernel that boots", .pass, "the module nvidia is installed for kernel \(kernel)") {
            try installed()
        },
        Case("a module for another kernel alone", .fail, "but for 6.1.141-155.222.amzn2023.x86_64") {
            try installed([
                "\(modules)/modules.dep": "kernel/drivers/net/veth.ko.xz:\n",
                "/usr/lib/modules/6.1.141-155.222.amzn2023.x86_64/extra/nvidia.ko.xz": "module",
            ])
        },
        Case("agent#2424: GPU support on and no driver at all", .fail, "no module nvidia is installed") {
            var entries = try WholeImage.amazonLinux()
            entries[config] = "ECS_ENABLE_GPU_SUPPORT=true\n"
            entries["\(modules)/modules.dep"] = "kernel/drivers/net/veth.ko.xz:\n"
            return entries
        },
        Case("dkms that builds it at boot", .pass, "dkms.service builds the module nvidia") { try dkms() },
        Case("dkms without the kernel's headers", .fail, "nothing to build with at") {
            try dkms(["/usr/src/kernels/\(kernel)": nil])
        },
        Case("a unit of the image's own that may install it", .undetermined, "gpu-setup.service, which starts") {
            try installed([
                "\(modules)/modules.dep": "a.ko:\n",
                "/etc/systemd/system/gpu-setup.service": "[Service]\nExecStart=/opt/setup.sh\n",
                "/etc/systemd/system/multi-user.target.wants/gpu-setup.service": .link("../gpu-setup.service"),
            ])
        },
        Case("persistenced alone, which loads nothing", .fail, "no module nvidia is installed") {
            try installed([
                "\(modules)/modules.dep": "a.ko:\n",
                "/usr/lib/systemd/system/nvidia-persistenced.service":
                    "[Service]\nExecStart=/usr/bin/nvidia-persistenced\n",
                "/etc/systemd/system/multi-user.target.wants/nvidia-persistenced.service": .link(
                    "/usr/lib/systemd/system/nvidia-persistenced.service"),
            ])
        },
        Case("no library", .fail, "libnvidia-ml.so.1") { try installed(["/usr/lib64/libnvidia-ml.so.1": nil]) },
        Case("Debian's place of the library", .pass, "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1") {
            try installed([
                "/usr/lib64/libnvidia-ml.so.1": nil, "/usr/lib/x86_64-linux-gnu/libnvidia-ml.so.1": "library",
            ])
        },
        Case("no toolkit", .fail, "nvidia-container-toolkit") {
            try installed(["/usr/bin/nvidia-container-runtime": nil, "/usr/bin/nvidia-ctk": nil])
        },
        Case("no runtime", .fail, "no runtime nvidia is registered") {
            try installed(["/etc/docker-runtimes.d/nvidia": nil])
        },
        Case("a runtime in daemon.json", .pass, "the runtime nvidia is registered") {
            try installed([
                "/etc/docker-runtimes.d/nvidia": nil,
                "/etc/docker/daemon.json":
                    #"{"runtimes": {"nvidia": {"path": "nvidia-container-runtime", "args": []}}}"#,
            ])
        },
        Case("a device description", .pass, "/etc/cdi/nvidia.yaml describes") {
            try installed(["/etc/docker-runtimes.d/nvidia": nil, "/etc/cdi/nvidia.yaml": "cdiVersion: 0.5.0\n"])
        },
        Case("a runtime of another name", .fail, "no runtime gpu is registered") {
            try installed([config: "ECS_ENABLE_GPU_SUPPORT=true\nECS_NVIDIA_RUNTIME=gpu\n"])
        },
        Case("a word that ecs-init does not know", .fail, "ECS_ENABLE_GPU_SUPPORT is 1") {
            try installed([config: "ECS_ENABLE_GPU_SUPPORT=1\n"])
        },
        Case("no GPU: the ordinary image", .notApplicable, "--gpu") { try WholeImage.amazonLinux() },
        Case("no GPU: switched off", .notApplicable, "--gpu") {
            var entries = try WholeImage.amazonLinux()
            entries[config] = "ECS_ENABLE_GPU_SUPPORT=false\n"
            return entries
        },
        Case("the module switched off", .fail, "switches off the module nvidia") {
            try installed(["/etc/modprobe.d/a.conf": "install nvidia /bin/false\n"])
        },
    ]

    @Test(arguments: cases) func `the image says GPU, or does not`(row: Case) throws {
        let finding = try Self.finding(row.entries())
        #expect(finding.verdict == row.verdict, "\(finding.message)")
        #expect(finding.message.contains(row.says), "\(finding.message)")
        if finding.verdict == .fail { #expect(finding.message.contains("other jobs run")) }
    }

    @Test func `the user says GPU`() throws {
        let policy = Policy(today: Policy.test.today, needsGPU: true)
        #expect(try Self.finding(WholeImage.debian(), policy).verdict != .notApplicable)
        let quiet = try Self.finding(Self.installed([Self.config: nil]), policy)
        #expect(quiet.verdict == .undetermined)
        #expect(quiet.message.contains("ECS_ENABLE_GPU_SUPPORT=true"))
    }
}
