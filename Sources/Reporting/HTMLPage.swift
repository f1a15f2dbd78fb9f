/// What every HTML page of this program begins with: a policy under which a browser loads nothing, and its own style.

import ByteParsing
import FoundationEssentials

/// A style sheet or a script: a file of this target that stands in a page as it is.
struct PageSource {
    /// What stands in the page.
    let text: String
    /// By which the page's content security policy allows it: `sha256-` and the base64 of the SHA-256 of `text`.
    let hash: String

    private init(_ file: [UInt8]) {
        let bytes = [UInt8(ascii: "\n")] + file
        var digest = SHA256()
        digest.add(bytes.span)
        text = String(decoding: bytes, as: UTF8.self)
        hash = "sha256-" + Data(digest.digest()).base64EncodedString()
    }

    /// The style of every page.
    static let reportStyle = PageSource(PackageResources.report_css)
    /// What the page of an audit has besides.
    static let auditStyle = PageSource(PackageResources.audit_css)
    /// What the page of an audit does.
    static let auditScript = PageSource(PackageResources.audit_js)
}

/// The page up to its `body`, with a link for the keyboard that leads past what comes first.
///
/// Its content security policy allows its style sheets and its script, by their hashes, and nothing else: no network,
/// no code in attributes.
func pageHead(
    title: String, styles: [PageSource], script: PageSource? = nil, skip: (to: String, label: String)
) -> String {
    func allowed(_ sources: [PageSource]) -> String { sources.map { "'\($0.hash)'" }.joined(separator: " ") }
    let scripts = script.map { " script-src \(allowed([$0]));" } ?? ""
    let sheets = styles.map { "<style>\($0.text)</style>" }.joined(separator: "\n")
    return """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src \(allowed(styles));\(scripts) \
        base-uri 'none'; form-action 'none'">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <meta name="referrer" content="no-referrer">
        <meta name="generator" content="amilint \(Version.amilint)">
        <title>\(markupText(title)) - amilint</title>
        \(sheets)
        </head>
        <body>
        <a class="skip" href="#\(skip.to)">Skip to the \(skip.label)</a>

        """
}
