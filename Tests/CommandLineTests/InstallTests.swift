/// What `make install` puts beside the program: manual pages that render, completions that complete.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct InstallTests {
    /// Installs below `prefix`, beside an image and a policy to complete.
    private static let install = """
        "$TESTDATA/scripts/install.sh" "$AMILINT" prefix || exit 9
        mkdir work && cd work && touch image.tar.gz policy.yml

        """

    /// What is typed, and some of what is offered for its last word.
    static let typed: [(words: String, offers: [String])] = [
        ("", ["check", "inspect", "rules", "policy"]), ("ch", ["check"]), ("check ima", ["image.tar.gz"]),
        ("check image.tar.gz --po", ["--policy"]), ("check --policy pol", ["policy.yml"]),
        ("check --baseline ima", ["image.tar.gz"]), ("check --release-data pol", ["policy.yml"]),
        ("check --ami-metadata pol", ["policy.yml"]), ("check -o js", ["json"]), ("check --output sa", ["sarif"]),
        ("check --only awslogs", ["awslogs-driver"]), ("check --skip kernel", ["kernel-version"]),
        ("check --fail-on re", ["required", "recommended"]), ("inspect ima", ["image.tar.gz"]),
        ("inspect image.tar.gz -o js", ["json"]),
        ("rules docker-r", ["docker-runtime"]), ("policy ", ["check", "init"]), ("policy check pol", ["policy.yml"]),
        ("policy check --unused ima", ["image.tar.gz"]),
    ]

    @Test("bash completes commands, options, files, formats and rules", arguments: typed)
    func bash(words: String, offers: [String]) throws {
        let outcome = try Workplace().run(
            Self.install + """
                . ../prefix/share/bash-completion/completions/amilint
                read -r function _ < <(complete -p amilint | grep -o '\\-F [^ ]*' | cut -c4-)
                COMP_LINE="amilint $TYPED" COMP_POINT=${#COMP_LINE} COMP_TYPE=9
                IFS=' ' read -ra COMP_WORDS <<<"$COMP_LINE"
                [[ $COMP_LINE = *' ' ]] && COMP_WORDS+=('')
                COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
                $function amilint "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
                printf '%s\\n' "${COMPREPLY[@]}"
                """, environment: ["TYPED": words])
        #expect(Set(offers).isSubset(of: outcome.output.split(separator: "\n").map { String($0) }), "\(outcome)")
    }

    @Test("fish completes the same", .enabled(if: isInstalled("fish")), arguments: typed)
    func fish(words: String, offers: [String]) throws {
        let outcome = try Workplace().run(
            Self.install + """
                PATH=$PWD/../prefix/bin:$PATH HOME=$PWD fish --no-config -c '
                    source ../prefix/share/fish/vendor_completions.d/amilint.fish
                    complete -C "amilint $TYPED"' | cut -f1
                """, environment: ["TYPED": words])
        #expect(Set(offers).isSubset(of: outcome.output.split(separator: "\n").map { String($0) }), "\(outcome)")
    }

    @Test("zsh takes the completions for its own", .enabled(if: isInstalled("zsh")))
    func zsh() throws {
        let outcome = try Workplace().run(
            Self.install + """
                zsh -f -c 'fpath=($PWD/../prefix/share/zsh/site-functions $fpath)
                    autoload -Uz compinit && compinit -D -u && echo $_comps[amilint] && autoload +X _amilint && echo read'
                """)
        #expect(outcome.output == "_amilint\nread\n", "\(outcome)")
    }

    @Test(
        "there is a manual page for every command, and groff has nothing to say of any",
        .enabled(if: isInstalled("groff")))
    func manual() throws {
        let work = try Workplace()
        let outcome = try work.run(
            Self.install + """
                cd ../prefix/share/man/man1
                for page in *; do groff -ww -man -Tutf8 "$page" >"$OLDPWD/$page.txt" || exit; done
                cat $OLDPWD/*.txt | sed 's/\\x1b\\[[0-9;]*m//g; s/.\\x08//g'
                """)
        #expect(outcome.status == 0 && outcome.error.isEmpty, "\(outcome.error)")
        for section in ["NAME", "SYNOPSIS", "OPTIONS", "EXAMPLE", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"] {
            #expect(outcome.output.contains("\n\(section)\n"), "\(section)")
        }
        let pages = try FileManager.default.contentsOfDirectory(
            atPath: work.url.appending(path: "prefix/share/man/man1").path)
        let commands = [
            "", "-audit", "-check", "-diff", "-inspect", "-policy", "-policy-check", "-policy-init", "-report",
            "-rules",
            "-version",
        ]
        #expect(pages.sorted() == commands.map { "amilint\($0).1" }.sorted())
    }

    @Test("without /proc it says so, and neither aborts nor takes it for a request for help", .enabled(if: canMount))
    func withoutProc() throws {
        let outcome = try Workplace().run(
            """
            exec unshare --user --map-root-user --mount bash -c 'mount -t tmpfs none /proc && exec "$AMILINT" version'
            """)
        #expect(outcome.status == 64 && outcome.output.isEmpty, "\(outcome)")
        let words = "amilint: /proc/self/exe expected, none found; /proc has to be mounted"
        #expect(outcome.error.hasPrefix(words), "\(outcome.error)")
    }

    @Test("mandoc has nothing to say of any page either", .enabled(if: isInstalled("mandoc")))
    func mandoc() throws {
        let outcome = try Workplace().run(
            Self.install + "exec mandoc -T lint -W warning ../prefix/share/man/man1/*")
        #expect(outcome.status == 0 && outcome.output.isEmpty, "\(outcome.output)")
    }
}
