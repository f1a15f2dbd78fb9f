/// The agent's container image among those that are loaded into Docker's storage on the image.

import ByteParsing
import GoJSON
import ImageReading

/// A name of a container image, taken apart: `amazon/amazon-ecs-agent:v1.62.1`.
struct ImageReference: Hashable {
    /// With its registry, without tag and digest.
    let repository: String
    /// Nil where there is none, or a digest in its place.
    let tag: String?
    /// Whether it names one image for ever by its digest.
    let hasDigest: Bool

    init(_ text: String) {
        hasDigest = text.contains("@")
        let name = text.prefix { $0 != "@" }
        let last = name.lastIndex(of: "/") ?? name.startIndex
        if let colon = name[last...].lastIndex(of: ":") {
            repository = String(name[..<colon])
            tag = String(name[name.index(after: colon)...])
        } else {
            repository = String(name)
            tag = nil
        }
    }

    /// Whether this is the agent's own image, from whichever registry.
    var isAgent: Bool {
        repository == "amazon-ecs-agent" || repository.hasSuffix("/amazon-ecs-agent")
    }

    /// Whether it is the tag `latest`, which is also meant where no tag is written.
    var isLatest: Bool { !hasDigest && (tag ?? "latest") == "latest" }

    /// Whether it is the tag `latest` where AWS releases the agent: on Docker Hub and in its public registry (the agent's
    /// README).
    var isLatestOfAWS: Bool {
        let hub = ["", "docker.io/", "index.docker.io/", "registry-1.docker.io/"].map { $0 + "amazon/amazon-ecs-agent" }
        return isLatest && (hub.contains(repository) || repository == "public.ecr.aws/ecs/amazon-ecs-agent")
    }

    /// The tag where it is a version; `latest` is none.
    var versionTag: String? {
        guard let tag, tag.contains("."), ReleaseVersion(tag) != nil else { return nil }
        return tag
    }
}

/// One name of the agent's image in a repositories.json of Docker's image store (moby: reference/store.go).
struct LoadedAgentImage: Hashable {
    let reference: ImageReference
    /// `sha256:...`.
    let identifier: String
    let evidence: Evidence

    /// Docker's data directory at its default place, for every storage driver.
    private static let repositories = Want.contents("/var/lib/docker/image/*/repositories.json", upTo: 4 << 20)
    static let wants = [repositories]

    /// The agent's images; absent where none is loaded.
    static func observe(in root: RootFilesystem) -> Observation<[LoadedAgentImage]> {
        var images: [LoadedAgentImage] = []
        var unreadable: Observation<[LoadedAgentImage]>?
        for file in root.files(repositories) {
            let found = file.parsed { file throws(FormatError) in try agentImages(in: file) }
            images += found.value ?? []
            if found.problem != nil { unreadable = unreadable ?? found }
        }
        if !images.isEmpty { return .present(images, images.map(\.evidence)) }
        return unreadable ?? .absent(searched: [repositories.path])
    }

    private static func agentImages(in file: File) throws(FormatError) -> [LoadedAgentImage] {
        let json = try GoValue.unmarshal(file.bytes)
        let names = json.members(ofField: "Repositories").flatMap { $0.value.members ?? [] }
            .flatMap { $0.value.members ?? [] }
        return names.compactMap { member in
            let reference = ImageReference(member.name)
            guard reference.isAgent, let identifier = member.value.string else { return nil }
            return LoadedAgentImage(
                reference: reference,
                identifier: identifier,
                evidence: file.evidence(line: member.line, "loaded image \(member.name)")
            )
        }
    }
}
