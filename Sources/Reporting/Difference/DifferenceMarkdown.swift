/// The difference of two images as GitHub's and GitLab's Markdown.

/// A difference as Markdown: verdicts in full, packages and facts folded away. Text from the images is no markup here, as in
/// `markdownReport`.
func differenceMarkdown(_ difference: ImageDifference) -> String {
    let mark =
        switch difference.answer {
        case .same: "Same"
        case .different: "Different"
        case .undetermined: "❓ Undetermined"
        }
    let (before, after) = (difference.before.report, difference.after.report)
    var blocks = [
        "## \(mark): \(codeSpan(difference.after.name)) since \(codeSpan(difference.before.name))",
        "**\(markdownText(difference.sentence))**",
    ]
    blocks += difference.remarks.map { "> note: " + markdownText($0) }
    var rows = [["", "before", "now"]]
    for (old, new) in zip(before.keyFacts.rows, after.keyFacts.rows) {
        rows.append([markdownText(old.name)] + [old.value, new.value].map { codeSpan($0, inTable: true) })
    }
    blocks.append(markdownTable(rows + [["Judged", markdownText(before.dates), markdownText(after.dates)]]))
    for section in difference.sections where !section.entries.isEmpty {
        let lines = section.entries.flatMap { entry in
            ["- " + markdownText(entry.text)] + entry.details.map { "  - " + markdownText($0) }
        }
        let title = "\(section.title.prefix(1).uppercased())\(section.title.dropFirst()) (\(section.entries.count))"
        let isShort = section.title == "verdicts" || section.entries.count <= shownPlaces
        blocks.append(
            isShort
                ? "### \(title)\n\n" + lines.joined(separator: "\n")
                : "<details><summary>\(title)</summary>\n\n" + lines.joined(separator: "\n") + "\n\n</details>")
    }
    blocks.append("<sub>amilint \(Version.amilint)</sub>")
    return blocks.joined(separator: "\n\n") + "\n"
}
