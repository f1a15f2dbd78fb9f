/// How the HTML report looks: on a phone and on paper, light and dark.

/// The style sheet of the HTML report, and its hash for the page's content security policy.
enum HTMLStyle {
    /// `sha256-` and the base64 of the SHA-256 of `sheet`; a test computes it again.
    static let hash = "sha256-vfLaqOUJZrcdcpKN6ZEktc0yNRcoSq8IoE98534HVlw="

    /// The style sheet, nothing in it but constants. Contrast of text is at least 4.5 in both color schemes.
    static let sheet = """

        :root { color-scheme: light dark; --page: #f4f5f7; --card: #ffffff; --line: #d8dce2; --text: #191d23;
          --quiet: #525c68; --code: #eef0f3; --link: #0b57a4; --fail: #b3221b; --fail-tint: #fdeceb;
          --undetermined: #8a4b00; --undetermined-tint: #fdf1e0; --accepted: #5a429b; --accepted-tint: #f1edfb;
          --advice: #0d6075; --advice-tint: #e3f2f6; --pass: #17673a; --pass-tint: #e6f4ea; --notApplicable: #525c68; --notApplicable-tint: #eceef1;
          --mono: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; }
        @media (prefers-color-scheme: dark) { :root { --page: #0f1216; --card: #181c22; --line: #303740;
          --text: #e7eaee; --quiet: #a3adb9; --code: #222831; --link: #86b9f2; --fail: #ff938a; --fail-tint: #3a1a19;
          --undetermined: #f3b65f; --undetermined-tint: #35260f; --accepted: #c2b0fb; --accepted-tint: #282140;
          --advice: #72cbe2; --advice-tint: #0f2f38; --pass: #79d39b; --pass-tint: #14301f; --notApplicable: #a3adb9; --notApplicable-tint: #252b33; } }
        * { box-sizing: border-box; }
        html { scroll-padding-top: 5rem; -webkit-text-size-adjust: 100%; }
        body { margin: 0 auto; max-width: 64rem; padding: 1.5rem 1.25rem 3rem; background: var(--page);
          color: var(--text); overflow-wrap: anywhere; font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        h1, h2, h3, p, dl, dd, ul { margin: 0; padding: 0; }
        h1, h2, h3 { line-height: 1.25; text-wrap: balance; }
        code { font-family: var(--mono); font-size: 0.875em; }
        code, .image, .image-text, .facts dd { unicode-bidi: isolate; }
        a { color: var(--link); text-underline-offset: 0.15em; }
        :focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 4px; }
        main:focus { outline: none; }
        .skip { position: absolute; left: -100vw; }
        .skip:focus { left: 1rem; top: 0.5rem; padding: 0.5rem 1rem; background: var(--card); z-index: 2; }
        .fail { --accent: var(--fail); --tint: var(--fail-tint); }
        .undetermined { --accent: var(--undetermined); --tint: var(--undetermined-tint); }
        .advice { --accent: var(--advice); --tint: var(--advice-tint); }
        .accepted { --accent: var(--accepted); --tint: var(--accepted-tint); }
        .pass { --accent: var(--pass); --tint: var(--pass-tint); }
        .notApplicable { --accent: var(--notApplicable); --tint: var(--notApplicable-tint); }

        .top { background: var(--card); border: 1px solid var(--line); border-top: 6px solid var(--accent);
          border-radius: 12px; padding: 1.5rem 1.75rem; }
        .brand { color: var(--quiet); font-size: 0.875rem; letter-spacing: 0.02em; }
        h1 { font-size: 1.625rem; margin: 0.5rem 0; display: flex; flex-wrap: wrap; gap: 0.25rem 0.75rem;
          align-items: baseline; }
        .verdict { color: var(--accent); }
        .image { font-family: var(--mono); font-size: 1.25rem; font-weight: 600; min-width: 0; }
        .sentence { font-size: 1.0625rem; }
        .strip { display: flex; gap: 3px; margin: 1.1rem 0 1.25rem; }
        .cell { flex: 1; height: 0.625rem; border-radius: 3px; background: var(--accent); }
        .cell.notApplicable { opacity: 0.45; }
        .facts { display: grid; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); gap: 0.9rem 1.5rem; }
        dt { color: var(--quiet); font-size: 0.8125rem; }
        .facts dd { font-weight: 550; }
        .note { margin-top: 1rem; color: var(--quiet); }

        .filter { position: sticky; top: 0; z-index: 1; display: flex; flex-wrap: wrap; gap: 0.4rem; border: 0;
          min-width: 0; margin: 1rem -0.25rem 0; padding: 0.75rem 0.25rem; background: var(--page); }
        .filter legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        .filter input { position: absolute; opacity: 0; }
        .filter label { padding: 0.3rem 0.8rem; border: 1px solid var(--line); border-radius: 99px;
          background: var(--card); font-size: 0.9375rem; cursor: pointer; white-space: nowrap; }
        .filter label:hover { border-color: var(--quiet); }
        .filter input:checked + label { background: var(--text); border-color: var(--text); color: var(--card); }
        .filter input:checked + label .count { color: inherit; }
        .filter input:focus-visible + label { outline: 3px solid var(--link); outline-offset: 2px; }
        .count { color: var(--quiet); font-variant-numeric: tabular-nums; font-weight: 400; }

        .group, .aside { margin-top: 1.5rem; }
        h2 { font-size: 1.125rem; margin-bottom: 0.75rem; }
        .finding, .aside > dl, .aside > ul { background: var(--card); border: 1px solid var(--line);
          border-radius: 10px; padding: 1.1rem 1.35rem; margin-bottom: 0.75rem; }
        .finding { border-left: 5px solid var(--accent); }
        .finding:target { box-shadow: 0 0 0 3px var(--link); }
        h3 { font-size: 1.0625rem; }
        .mark { display: inline-block; margin-right: 0.35rem; padding: 0.05rem 0.55rem; border-radius: 99px;
          background: var(--tint); color: var(--accent); font-size: 0.8125rem; vertical-align: 0.1em; }
        .meta { margin-top: 0.2rem; color: var(--quiet); font-size: 0.875rem; }
        .meta strong { color: var(--text); font-weight: 600; }
        .parts { display: grid; gap: 0.75rem; margin-top: 0.9rem; }
        .aside > .parts { margin-top: 0; }
        .parts > div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 0 1rem; }
        .parts dt { line-height: 1.9; }
        .parts dd p.accepted { color: var(--accent); font-weight: 550; }
        .aside ul { padding-left: 2.25rem; }
        .aside li + li { margin-top: 0.4rem; }
        .aside .broken::marker { color: var(--fail); }
        p code { padding: 0.1em 0.3em; border-radius: 4px; background: var(--code); -webkit-box-decoration-break: clone;
          box-decoration-break: clone; }
        .meta code, p a code { padding: 0; background: none; }
        .evidence { list-style: none; display: grid; grid-template-columns: fit-content(50%) minmax(0, 1fr); gap: 0.4rem 1rem; }
        .evidence li { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: baseline; }
        .evidence .place { color: var(--quiet); }
        .evidence .text { white-space: pre-wrap; padding: 0.3rem 0.7rem; border-radius: 6px; background: var(--code); }
        .evidence .place:only-child, .evidence .more { grid-column: 1 / -1; }
        details { margin-top: 0.9rem; }
        summary { color: var(--link); cursor: pointer; font-size: 0.9375rem; width: fit-content; }
        details .parts { margin-top: 0.6rem; font-size: 0.9375rem; }
        del { color: var(--quiet); }
        ins { text-decoration: none; font-weight: 600; }
        ins::before { content: "\\2192\\00a0"; font-weight: 400; }
        .row { display: grid; grid-template: auto 1fr / minmax(0, 2fr) minmax(0, 3fr); gap: 0 1.5rem;
          padding: 0.7rem 1.1rem; margin-bottom: 0.4rem; border-left-width: 4px; }
        .row h3 { font-size: 0.9375rem; }
        .row .meta { grid-column: 1; font-size: 0.8125rem; }
        .row .result { grid-column: 2; grid-row: 1 / span 2; font-size: 0.9375rem; }
        .row .evidence { margin-top: 0.25rem; gap: 0.15rem 1rem; font-size: 0.875rem; }
        .row .evidence .text { padding: 0; background: none; }
        footer { margin-top: 2rem; color: var(--quiet); font-size: 0.875rem; }

        main:has(#show-fail:checked) .group:not(.fail), main:has(#show-undetermined:checked) .group:not(.undetermined),
        main:has(#show-accepted:checked) .group:not(.accepted), main:has(#show-pass:checked) .group:not(.pass),
        main:has(#show-notApplicable:checked) .group:not(.notApplicable),
        main:not(:has(#show-all:checked)) .aside { display: none; }

        @media (max-width: 40rem) {
          body { padding: 0.75rem 0.75rem 2rem; }
          .top { padding: 1.1rem; }
          h1 { font-size: 1.375rem; }
          .image { font-size: 1.0625rem; }
          .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0.75rem 1rem; }
          .filter { position: static; }
          .finding { padding: 0.9rem 1rem; }
          .parts > div { grid-template-columns: minmax(0, 1fr); }
          .row { grid-template: none / minmax(0, 1fr); }
          .evidence { grid-template-columns: minmax(0, 1fr); }
          .row .result { grid-column: 1; grid-row: auto; margin-top: 0.4rem; }
        }
        @page { margin: 14mm 12mm; }
        @media print {
          :root { --page: #ffffff; --card: #ffffff; }
          html { font-size: 8.5pt; }
          body { max-width: none; padding: 0; line-height: 1.4; }
          .filter, .skip { display: none; }
          .top, .finding, .cell, .mark, .text { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          .finding { padding: 0.7rem 1rem; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
          .row, .parts > div, .top { break-inside: avoid; }
          h2, h3, .meta, summary { break-after: avoid; }
          .parts { gap: 0.4rem; margin-top: 0.5rem; }
          details { margin-top: 0.5rem; }
          summary { list-style: none; color: var(--quiet); }
          details:not([open])::details-content { content-visibility: visible; block-size: auto; }
        }
        """
}
