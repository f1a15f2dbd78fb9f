/// What the agent makes of the values in its JSON document.

import ByteParsing
import GoJSON
import ImageReading

/// The document as Go's encoding/json stores it in the agent's Config, member after member.
struct AgentConfigDocumentReading {
    let document: GoValue
    let file: File
    let agent: Agent?
    /// What the agent is given beside it, which wins.
    let environment: AgentEnvironment?

    /// The first agent that does not start with a document it cannot decode; older ones log it and go on.
    static let refusing = ReleaseVersion(1, 14, 5)

    /// The last value of a field that is not null, which leaves texts, numbers and plain booleans as they were.
    private func last(_ field: String) -> GoValue.Member? {
        document.members(ofField: field).last { $0.value.kind != .null }
    }

    private func evidence(_ member: GoValue.Member) -> Evidence {
        file.evidence(line: member.line, member.name)
    }

    /// What Go leaves in AvailableLoggingDrivers: null empties the slice, and an array that comes again is stored over
    /// the elements of the one before, of which null leaves what was there, also behind a shorter one's end.
    var drivers: [String]? {
        var stored: [String] = []
        var count = 0
        for member in document.members(ofField: "AvailableLoggingDrivers") {
            guard let elements = member.value.elements else {
                if member.value.kind == .null { (stored, count) = ([], 0) }
                continue
            }
            if elements.isEmpty { stored = [] }
            count = elements.count
            for (index, element) in elements.enumerated() {
                if index == stored.count { stored.append("") }
                if let text = element.string { stored[index] = text }
            }
        }
        return count == 0 ? nil : Array(stored[..<count])
    }

    var driversEvidence: Evidence? {
        document.members(ofField: "AvailableLoggingDrivers").last.map(evidence)
    }

    var cluster: (text: String, evidence: Evidence)? {
        [last("Cluster"), last("ClusterArn")].lazy.compactMap { member in
            member.flatMap { member in member.value.string.map { ($0, evidence(member)) } }
        }.first { !$0.0.isEmpty }
    }

    /// A variable that is true or false to Go wins over the document; null unsets what came before it.
    var externalEvidence: Evidence? {
        guard agent.isAtLeast(AgentSetting.externalSince), let member = document.members(ofField: "External").last,
            member.value.kind == .bool(true) || member.value.kind == .number("1")
        else { return nil }
        let variable = environment?.setting(AgentKey.external).value?.setting.value
        return variable.map(isBooleanToGo) == true ? nil : evidence(member)
    }

    var refusal: AgentConfigDocument.Refusal? { refusedType ?? refusedDuration }

    private var refusedType: AgentConfigDocument.Refusal? {
        guard agent.isAtLeast(Self.refusing) else { return nil }
        guard let members = document.members else {
            return document.kind == .null
                ? nil : refusal("an object expected, \(document.kindName) found", line: document.line)
        }
        for member in members {
            guard let field = AgentConfigField.field(of: member, in: agent),
                let mismatch = field.type(in: agent).mismatch(member.value)
            else { continue }
            return refusal(
                "\(field.name): \(mismatch.reason)", line: mismatch.line, field.name,
                since: max(field.since, Self.refusing))
        }
        return nil
    }

    /// Durations that the agent refuses below a minimum, unless a variable sets one (validateAndOverrideBounds in
    /// agent/config/config.go): from a variable it raises them.
    private static let minima: [(field: String, variable: String, seconds: Int, since: ReleaseVersion)] = [
        ("DockerStopTimeout", AgentKey.stopTimeout, 1, ReleaseVersion(1, 10)),
        ("ContainerStartTimeout", AgentKey.startTimeout, 45, ReleaseVersion(1, 17, 3)),
    ]

    private var refusedDuration: AgentConfigDocument.Refusal? {
        for minimum in Self.minima where agent.isAtLeast(minimum.since) {
            guard let member = last(minimum.field), case .number(let number) = member.value.kind,
                let nanoseconds = Int(number), nanoseconds != 0, nanoseconds < minimum.seconds * 1_000_000_000,
                environment?.setting(minimum.variable).value.map({ isDurationToGo($0.setting.value ?? "") }) != true
            else { continue }
            let reason =
                "\(minimum.field): nanoseconds, at least \(minimum.seconds)000000000 (\(minimum.seconds) s), expected, "
                + "\(number) found"
            return refusal(reason, line: member.line, minimum.field, since: minimum.since)
        }
        return nil
    }

    private func refusal(
        _ reason: String, line: Int, _ text: String = "", since: ReleaseVersion = refusing
    ) -> AgentConfigDocument.Refusal {
        AgentConfigDocument.Refusal(reason: reason, evidence: file.evidence(line: line, text), since: since)
    }
}
