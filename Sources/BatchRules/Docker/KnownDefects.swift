/// Releases that keep hosts from jobs under a condition that the image shows: the table behind agent-known-defects.

import ImageFacts

/// A defect of some versions of a program, and where it matters.
struct KnownDefect {
    /// Whose versions it is of.
    enum Subject {
        /// ecs-init, and so no agent that is run by hand.
        case ecsInit
        /// The agent, whatever starts it.
        case agent
        case docker
    }

    /// What has to hold of the image beside the version.
    enum Condition {
        case always
        /// dockerd is told to make no bridge.
        case bridgeNone
        /// AppArmor is on and its parser is there.
        case appArmor
        /// The same without what profiles include.
        case appArmorWithoutIncludes
        /// AppArmor is on and there is no parser.
        case appArmorWithoutParser
        /// AppArmor with its parser, control groups of version 2, and the agent's limits of tasks not switched off.
        case appArmorAndTaskLimits
        /// Control groups of version 2.
        case cgroup2
        /// The same, and the agent told to limit tasks.
        case cgroup2AndTaskLimits
        /// IPv6 is switched off on the kernel command line.
        case withoutIPv6
        /// Docker of at least this version.
        case docker(ReleaseVersion)
    }

    let subject: Subject
    /// The first version that has it.
    let since: ReleaseVersion
    /// The first version that has it no more.
    let until: ReleaseVersion
    let condition: Condition
    let level: Level
    /// What happens, as the end of a sentence.
    let effect: String
    let source: String

    /// From the issues and pull requests named, and the changelogs of the agent, ecs-init and Docker.
    static let all: [KnownDefect] = [
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 97), until: ReleaseVersion(1, 100), condition: .bridgeNone,
            level: .required, effect: "ecs-init ends before the agent's start, since it finds no bridge of Docker's",
            source: "https://github.com/aws/amazon-ecs-agent/pull/4785"),
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 80), until: ReleaseVersion(1, 83),
            condition: .appArmorWithoutIncludes, level: .required,
            effect: "ecs-init ends before the agent's start, since its AppArmor profile cannot be loaded",
            source: "https://github.com/aws/amazon-ecs-agent/pull/4173"),
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 78), until: ReleaseVersion(1, 78, 1), condition: .appArmor,
            level: .required,
            effect: "the agent ends at its start, since its AppArmor profile denies it netlink sockets",
            source: "https://github.com/aws/amazon-ecs-agent/pull/3993"),
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 61), until: ReleaseVersion(1, 78),
            condition: .appArmorAndTaskLimits, level: .required, effect: noControlGroups, source: cgroupSource),
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 78, 1), until: ReleaseVersion(1, 80),
            condition: .appArmorAndTaskLimits, level: .required, effect: noControlGroups, source: cgroupSource),
        KnownDefect(
            subject: .agent, since: ReleaseVersion(1), until: ReleaseVersion(1, 61), condition: .cgroup2AndTaskLimits,
            level: .required, effect: "the agent ends at its start, since it knows no control groups of version 2",
            source: "https://github.com/aws/amazon-ecs-agent/pull/3127"),
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 38), until: ReleaseVersion(1, 39), condition: .withoutIPv6,
            level: .required,
            effect: "ecs-init ends before the agent's start, since it cannot set what IPv6 does not have",
            source: "https://github.com/aws/amazon-ecs-init/issues/323"),
        KnownDefect(
            subject: .ecsInit, since: ReleaseVersion(1, 26), until: ReleaseVersion(1, 36, 2),
            condition: .docker(ReleaseVersion(19, 3)), level: .required,
            effect: "Docker cannot start the agent's container, whose mount of /sbin hides Docker's own init program",
            source: "https://github.com/aws/amazon-ecs-init/issues/294"),
        KnownDefect(
            subject: .docker, since: ReleaseVersion(23), until: ReleaseVersion(23, 0, 2),
            condition: .appArmorWithoutParser, level: .required,
            effect: "Docker starts no container, since it cannot load its AppArmor profile",
            source: "https://github.com/containerd/containerd/issues/8123"),
        KnownDefect(
            subject: .docker, since: ReleaseVersion(1), until: ReleaseVersion(20, 10), condition: .cgroup2,
            level: .required, effect: "dockerd ends at its start, since it knows no control groups of version 2",
            source: "https://docs.docker.com/engine/release-notes/20.10/"),
        KnownDefect(
            subject: .agent, since: ReleaseVersion(1, 73), until: ReleaseVersion(1, 73, 1), condition: .always,
            level: .recommended, effect: "jobs may stay in PENDING on a host whose resources are all taken",
            source: "https://github.com/aws/amazon-ecs-agent/pull/3781"),
    ]

    private static let noControlGroups =
        "the agent cannot make control groups for tasks, of which none starts, since Docker's AppArmor profile denies it D-Bus"
    private static let cgroupSource = "https://github.com/aws/amazon-ecs-agent/issues/3227"
}
