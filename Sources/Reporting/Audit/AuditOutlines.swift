/// Images of an audit without the evidence of their findings, read some ten times as fast as with it.

import BatchRules
import FoundationEssentials
import ImageReading

/// Reads lines one after the other for totals and tables. The findings of what it gives have no evidence and no remedy;
/// all else is as `AuditedImage(line:)` reads it.
///
/// What many images of one audit have alike, such as the policy, is decoded once.
struct AuditOutlines {
    private var keyFacts = Decoded<KeyFacts>()
    private var policies = Decoded<PolicyInForce>()
    private var waivers = Decoded<[WaiverOutcome]>()
    private var acceptances = Decoded<Acceptance>()

    /// The image of a line. Throws a `DecodingError` where it is none.
    mutating func image(_ line: ArraySlice<UInt8>) throws -> AuditedImage {
        var reader = try JSONReader(line)
        var parts = Parts()
        try reader.object { reader, key in
            if try reader.takeNull() { return }
            switch key {
            case "formatVersion": parts.formatVersion = try reader.number()
            case "today": parts.today = try day(&reader)
            case "dataDate": parts.dataDate = try day(&reader)
            case "image": try description(&reader, &parts)
            case "error": parts.failure = try JSONDecoder().decode(ReadingFailure.self, from: Data(reader.value()))
            case "keyFacts": parts.keyFacts = try keyFacts.value(reader.value())
            case "remarks": try reader.array { parts.remarks.append(try $0.string()) }
            case "policy": parts.policy = try policies.value(reader.value())
            case "waivers": parts.waivers = try waivers.value(reader.value())
            case "comparison": parts.comparison = try JSONDecoder().decode(Comparison.self, from: Data(reader.value()))
            case "findings":
                parts.isJudged = true
                try reader.array { parts.findings.append(try finding(&$0)) }
            default: try reader.value()
            }
        }
        try reader.end()
        return try parts.image
    }

    private func day(_ reader: inout JSONReader) throws -> CalendarDay {
        guard let day = CalendarDay(try reader.string()) else { throw Parts.missing("a day") }
        return day
    }

    private func description(_ reader: inout JSONReader, _ parts: inout Parts) throws {
        try reader.object { reader, key in
            if try reader.takeNull() { return }
            switch key {
            case "name": parts.name = try reader.string()
            case "kind": parts.kind = try reader.string()
            case "compression": parts.compression = try reader.string()
            case "rootFolder": parts.rootFolder = ImagePath(try reader.string())
            case "remarks": try reader.array { parts.imageRemarks.append(try $0.string()) }
            default: try reader.value()
            }
        }
    }

    private mutating func finding(_ reader: inout JSONReader) throws -> Finding {
        var rule: String?
        var level: Level?
        var verdict: Verdict.Kind?
        var message = ""
        var group: Group?
        var acceptance: Acceptance?
        try reader.object { reader, key in
            if try reader.takeNull() { return }
            switch key {
            case "rule": rule = try reader.string()
            case "level": level = try reader.name(of: Level.self)
            case "verdict": verdict = try reader.name(of: Verdict.Kind.self)
            case "message": message = try reader.string()
            case "group": group = try reader.name(of: Group.self)
            case "accepted": acceptance = try acceptances.value(reader.value())
            default: try reader.value()
            }
        }
        guard let rule, let level, let verdict else { throw Parts.missing("a finding with rule, level and verdict") }
        let said = Verdict(kind: verdict, message: message, evidence: [], remedy: [])
        let finding = Finding(rule: rule, level: level, verdict: said, remedy: "", group: group)
        return acceptance.map(finding.accepted) ?? finding
    }
}

/// What was read of a line so far.
private struct Parts {
    var formatVersion: Int?
    var name: String?
    var kind: String?
    var compression: String?
    var rootFolder: ImagePath?
    var imageRemarks: [String] = []
    var today: CalendarDay?
    var dataDate: CalendarDay?
    var failure: ReadingFailure?
    var keyFacts: KeyFacts?
    var remarks: [String] = []
    var policy: PolicyInForce?
    var isJudged = false
    var findings: [Finding] = []
    var waivers: [WaiverOutcome] = []
    var comparison: Comparison?

    var image: AuditedImage {
        get throws {
            guard formatVersion == Version.format else { throw Self.missing("format \(Version.format)") }
            guard let name, let today, let dataDate else { throw Self.missing("an image's name and two days") }
            if let failure { return AuditedImage(name, unreadable: failure, today: today, dataDate: dataDate) }
            guard let kind, let keyFacts, isJudged else { throw Self.missing("key facts and findings, or an error") }
            let image = ImageDescription(
                name: name, kind: kind, compression: compression, rootFolder: rootFolder, remarks: imageRemarks)
            return AuditedImage(
                Report(
                    image: image, keyFacts: keyFacts, remarks: remarks, policy: policy, findings: findings,
                    waivers: waivers, comparison: comparison, rules: .batch, today: today, dataDate: dataDate))
        }
    }

    static func missing(_ what: String) -> DecodingError {
        .dataCorrupted(DecodingError.Context(codingPath: [], debugDescription: "\(what) expected"))
    }
}

/// Values that were decoded lately, by their JSON.
private struct Decoded<Value: Decodable> {
    private var known: [[UInt8]: Value] = [:]

    /// So many are kept at most.
    private static var most: Int { 1000 }

    mutating func value(_ json: ArraySlice<UInt8>) throws -> Value {
        let json = [UInt8](json)
        if let value = known[json] { return value }
        let value = try JSONDecoder().decode(Value.self, from: Data(json))
        if known.count >= Self.most { known.removeAll() }
        known[json] = value
        return value
    }
}
