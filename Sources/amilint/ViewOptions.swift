/// Options that say which images reports list, whatever they count.

public import ArgumentParser
import BatchRules
import Inspection
public import Reporting

/// `--group-by`, of commands that report on many images.
struct GroupingOption: ParsableArguments {
    @Option(help: ArgumentHelp("Images that stand together: \(AuditGrouping.names).", valueName: "what"))
    var groupBy: AuditGrouping?
}

/// Which of the images that were judged are listed. Totals and the exit status are those of all.
struct ListingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("List only: \(ImageStanding.names); may be repeated.", valueName: "verdict"))
    var verdict: [ImageStanding] = []

    @Option(help: ArgumentHelp("List only names like this; may be repeated.", valueName: "pattern"))
    var include: [String] = []

    @Option(help: ArgumentHelp("List no names like this; may be repeated.", valueName: "pattern"))
    var exclude: [String] = []

    @Option(
        help: ArgumentHelp("List only images that break this rule; may be repeated.", valueName: "id"),
        completion: .ruleID)
    var only: [String] = []

    @Option(help: ArgumentHelp("List only these, such as arm64; may be repeated.", valueName: "name"))
    var architecture: [String] = []

    func validate() throws {
        for id in only where RuleCatalog.batch.rule(id) == nil { throw ValidationError(unknownRule(id)) }
    }

    /// The images that are listed, grouped so.
    func view(_ grouping: AuditGrouping?) -> AuditView {
        let selection = Selection(including: include, excluding: exclude)
        let isNamed = !include.isEmpty || !exclude.isEmpty
        let listsName: @Sendable (String) -> Bool = { selection.includes($0) }
        return AuditView(
            grouping: grouping, verdicts: Set(verdict), rules: Set(only), architectures: Set(architecture),
            listsName: isNamed ? listsName : nil)
    }
}

extension AuditGrouping: ExpressibleByArgument {
    fileprivate static let names = allCases.map(\.rawValue).joined(separator: ", ")
}

extension ImageStanding: ExpressibleByArgument {
    fileprivate static let names = allCases.map(\.rawValue).joined(separator: ", ")
}
