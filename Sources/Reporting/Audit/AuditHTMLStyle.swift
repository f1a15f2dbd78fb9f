/// How the HTML page of an audit looks, beside what it shares with the page on one image.

/// The second style sheet of the page, and its hash for the page's content security policy.
enum AuditHTMLStyle {
    /// `sha256-` and the base64 of the SHA-256 of `sheet`; a test computes it again.
    static let hash = "sha256-Nsw8V7xlFlMWlO8EYEpU7vB4Pzg/Swjp+/xGmKRMc5g="

    /// The style sheet, nothing in it but constants; colors are those of `HTMLStyle`.
    static let sheet = """

        body { max-width: 84rem; }
        h4 { margin: 0; font-size: 1.0625rem; line-height: 1.25; text-wrap: balance; }
        .unreadable { --accent: var(--accepted); --tint: var(--accepted-tint); }
        [hidden] { display: none !important; }
        .top h1 { display: block; font-size: 1.75rem; }
        .top .facts { grid-template-columns: repeat(auto-fit, minmax(8rem, max-content)); gap: 0.5rem 2.5rem; }
        .top .facts dt::before { content: ""; display: inline-block; width: 0.7em; height: 0.7em; margin-right: 0.4em;
          border-radius: 3px; background: var(--accent); }
        .top .facts dd { font-size: 1.5rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
        .bar { display: block; width: 100%; height: 0.75rem; border-radius: 4px; background: var(--notApplicable-tint); }
        .bar rect { fill: var(--accent); }
        .bar .notApplicable { opacity: 0.3; }
        .top .bar { margin: 1.1rem 0 1.1rem; height: 1rem; }

        .legend { display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; margin-bottom: 0.75rem; color: var(--quiet);
          font-size: 0.875rem; }
        .rules { list-style: none; margin: 0; padding: 1rem 1.35rem; columns: 2; column-gap: 2.5rem; background: var(--card);
          border: 1px solid var(--line); border-radius: 10px; }
        .rules li { display: grid; grid-template-columns: 13rem minmax(0, 1fr) 3.25rem; gap: 0.75rem; align-items: center;
          padding: 0.16rem 0; break-inside: avoid; font-size: 0.9375rem; }
        .rules a { font-family: var(--mono); font-size: 0.8125rem; text-decoration: none; }
        .rules a:hover, thead a:hover { text-decoration: underline; }
        .rules a[aria-current] { font-weight: 700; text-decoration: underline; }
        .rules .number { text-align: right; font-variant-numeric: tabular-nums; color: var(--fail); font-weight: 600; }
        .rules .number.advice { color: var(--advice); }
        .rules .number.undetermined { color: var(--undetermined); }
        .rules .number.none { color: var(--quiet); font-weight: 400; }
        .rules .advice .bar .fail { --accent: var(--advice); }
        .rules .bar .pass { opacity: 0.55; }
        .aside details + details { margin-top: 0.5rem; }
        .aside > details { margin-top: 0; }
        .aside details ul { margin-top: 0.5rem; }

        .images { margin-top: 1.75rem; }
        .tools { display: flex; flex-wrap: wrap; gap: 0.6rem 0.75rem; align-items: end; margin-bottom: 0.75rem; }
        .field { display: grid; gap: 0.15rem; min-width: 0; }
        .field.wide { flex: 1 1 16rem; }
        .field label { color: var(--quiet); font-size: 0.8125rem; }
        input[type="search"], select, .tools button, nav button { min-width: 0; max-width: 100%; min-height: 2.4rem;
          padding: 0.3rem 0.7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card);
          color: var(--text); font: inherit; font-size: 0.9375rem; }
        button { cursor: pointer; }
        input[type="search"]::placeholder { color: var(--quiet); opacity: 1; }
        select:disabled, button:disabled { opacity: 0.5; cursor: default; }
        .tools button:hover, nav button:hover:enabled, select:hover:enabled { border-color: var(--quiet); }
        .tools button[aria-pressed="true"] { background: var(--text); border-color: var(--text); color: var(--card); }
        .tools .filter { position: relative; flex: 1 1 auto; margin: 0; padding: 0; }
        #shown { color: var(--quiet); font-size: 0.9375rem; padding: 0.3rem 0; white-space: nowrap; }

        table { width: 100%; table-layout: fixed; border-collapse: separate; border-spacing: 0; background: var(--card);
          border: 1px solid var(--line); border-radius: 10px; }
        caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
        thead th { position: sticky; top: 0; z-index: 1; height: 11.25rem; padding: 0.5rem 0.25rem; background: var(--card);
          border-bottom: 1px solid var(--line); vertical-align: bottom; font-size: 0.8125rem; font-weight: 400; }
        thead th:first-child { border-top-left-radius: 10px; }
        thead th:last-child { border-top-right-radius: 10px; }
        thead button { padding: 0.2rem 0.3rem; border: 0; background: none; color: var(--text); font: inherit;
          font-weight: 600; white-space: nowrap; }
        thead button:hover { text-decoration: underline; }
        th[aria-sort="ascending"] button::after { content: " \\2191"; }
        th[aria-sort="descending"] button::after { content: " \\2193"; }
        th.name { width: auto; padding-left: 1rem; text-align: left; }
        th.verdict { width: 7.9rem; text-align: left; }
        th.failures { width: 5.75rem; text-align: right; }
        thead th.rule { width: 1.6rem; padding: 0.4rem 0; text-align: center; }
        thead a { display: block; width: 1rem; height: 10.5rem; margin: 0 auto; color: var(--text); font-family: var(--mono);
          font-size: 0.75rem; text-align: start; text-decoration: none; white-space: nowrap; writing-mode: vertical-rl; }
        thead a span { display: block; height: 100%; line-height: 1rem; transform: rotate(180deg); }
        thead .advice a { color: var(--quiet); }
        thead a[aria-current] { color: var(--link); font-weight: 700; }
        tbody tr:not(.gap) { height: 3.1rem; }
        tbody tr:not(.gap):hover > * { background: var(--code); }
        tbody tr:not(.gap) { cursor: pointer; }
        tbody th, tbody td { padding: 0.2rem 0.25rem; border-bottom: 1px solid var(--line); font-weight: 400;
          text-align: left; vertical-align: middle; overflow: hidden; white-space: nowrap; }
        .gap td { padding: 0; border: 0; }
        tbody th.name { padding: 0.2rem 0.5rem 0.2rem 1rem; }
        .name > * { display: block; max-width: 100%; overflow: hidden; text-overflow: ellipsis; unicode-bidi: isolate; }
        .open { padding: 0; border: 0; background: none; color: var(--text); font: 600 0.875rem/1.5 var(--mono);
          text-align: left; scroll-margin: 12rem 0 2rem; }
        .open:focus-visible { outline-offset: -2px; }
        .open:hover { text-decoration: underline; }
        .line, .cause { color: var(--quiet); font-size: 0.8125rem; line-height: 1.4; }
        .cause { display: none; }
        td.verdict .mark { display: block; width: fit-content; margin: 0; max-width: 100%; overflow: hidden; text-overflow: ellipsis; }
        td.failures { padding-right: 0.75rem; text-align: right; font-variant-numeric: tabular-nums; }
        .failures .more { color: var(--quiet); }
        tbody td.cell { padding: 0; height: auto; border-radius: 0; background: none; text-align: center; font-size: 0; }
        .cell::before, .key::before { display: inline-block; width: 1.25rem; height: 1.25rem; border-radius: 5px;
          background: var(--tint); color: var(--accent); content: ""; text-align: center; font: 700 0.8125rem/1.25rem var(--mono); }
        .key::before { margin-right: 0.4rem; }
        .cell.fail::before, .key.fail::before { content: "\\d7"; background: var(--accent); color: var(--card); }
        .cell.undetermined::before, .key.undetermined::before { content: "?"; }
        .cell.accepted::before, .key.accepted::before { content: "a"; }
        .cell.fail.advice::before, .key.advice::before { content: "!"; background: var(--tint); color: var(--accent); }
        .cell.pass::before, .key.pass::before { content: "\\b7"; }
        .cell:not([data-rule])::before { content: none; }
        .cell.pass::before { background: none; }
        .cell.notApplicable::before, .key.notApplicable::before { content: "\\2013"; }
        .cell.notApplicable::before { background: none; }
        tbody td.cell.notApplicable { opacity: 1; }

        dialog { width: min(50rem, 100vw); max-width: none; height: 100dvh; max-height: none; margin: 0 0 0 auto; padding: 0;
          border: 0; border-left: 6px solid var(--accent); background: var(--page); color: var(--text); overflow: auto;
          overscroll-behavior: contain; }
        dialog::backdrop { background: rgb(0 0 0 / 45%); }
        .content { padding: 0 1.5rem 3rem; }
        .content > header { position: sticky; top: 0; z-index: 1; margin: 0 -1.5rem; padding: 0.9rem 1.5rem;
          background: var(--page); border-bottom: 1px solid var(--line); }
        nav { display: flex; gap: 0.5rem; margin-bottom: 0.6rem; }
        nav .close { margin-left: auto; }
        .content h2 { margin: 0; font-size: 1.25rem; }
        .content .image { font-size: 1.0625rem; }
        .content .sentence { margin: 1rem 0; }
        .content > .image-text { margin-top: 1rem; }
        .content .facts > div { min-width: 0; }
        .content h3 { margin: 1.5rem 0 0.6rem; }
        .content .finding { padding: 0.9rem 1.1rem; }
        .content .row h4 { font-size: 0.9375rem; }
        .content .evidence { grid-template-columns: minmax(0, 1fr); }
        .content .evidence li { row-gap: 0.15rem; }
        .finding.chosen { box-shadow: 0 0 0 3px var(--link); }

        @media (max-width: 68rem) {
          .rules { columns: 1; }
          thead th.rule, td.cell { display: none; }
          thead th { height: auto; }
          .cause { display: block; color: var(--text); }
          tr .cause ~ .line, .line:has(~ .cause) { display: none; }
          .open { scroll-margin-top: 4rem; }
        }
        @media (max-width: 40rem) {
          .top h1 { font-size: 1.375rem; }
          .top .facts { grid-template-columns: repeat(2, minmax(0, 1fr)); }
          .rules { padding: 0.75rem 0.9rem; }
          .rules li { grid-template-columns: minmax(0, 1fr) 3rem; gap: 0 0.5rem; padding: 0.3rem 0; }
          .rules li .bar { grid-row: 2; grid-column: 1 / span 2; height: 0.5rem; }
          .field { flex: 1 1 8rem; }
          .field.wide { flex-basis: 100%; }
          th.verdict { width: 8rem; }
          .open { display: flex; align-items: end; height: 2.6rem; line-height: 1.3rem; white-space: normal; word-break: break-all; }
          th.failures { display: none; }
          td.failures { display: none; }
          tbody th.name, thead th.name { padding-left: 0.75rem; }
          dialog { border-left: 0; border-top: 6px solid var(--accent); }
          .content { padding: 0 0.9rem 2rem; }
          .content > header { margin: 0 -0.9rem; padding: 0.75rem 0.9rem; }
        }
        @media print {
          .tools, nav, body:has(dialog[open]) > :not(dialog) { display: none; }
          dialog { position: static; width: auto; height: auto; overflow: visible; }
          .content > header { position: static; }
          .bar, .cell, .key::before, .cell::before, dt::before { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
          thead th { position: static; }
          tbody tr:not(.gap) { height: auto; break-inside: avoid; }
          .name > * { white-space: normal; overflow: visible; }
          table, .rules, .top { border-color: #999999; }
          .rules { columns: 2; }
        }
        """
}
