/// A reader that an image has taken over comes to nothing: shown by attacks from inside the program itself.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil && isInstalled("gcc"))) struct SandboxTests {
    /// What the attacks came to, by their names: `done`, or the name of the error.
    private func attacks(_ outcome: Outcome) -> [Substring: Substring] {
        let lines = outcome.error.matches(of: /attack (.*): (\w+)/).map { ($0.output.1, $0.output.2) }
        return Dictionary(lines) { $1 }
    }

    /// A workplace with the image as a directory and a tar, which have a link to the outside, and the attacker.
    private func workplace() throws -> Workplace {
        let work = try Workplace()
        let made = try work.runOnDemo(
            """
            gcc -Wall -Werror -shared -fPIC -o takeover.so "$TESTDATA/attack/takeover.c" || exit
            gcc -Wall -Werror -o without "$TESTDATA/attack/without.c" || exit
            mkdir all && cp -a "$DEMO/good" all/image && ln -s /etc/passwd all/image/etc/escape || exit
            tar -C all/image -cf all/image.tar . && gzip -k all/image.tar
            """)
        #expect(made.status == 0, "\(made.error)")
        return work
    }

    /// Runs it attacked, in a directory with a file that is nobody's business; what stands there afterwards goes to
    /// standard output.
    private func attacked(_ work: Workplace, _ command: String, victim: String, before: String = "") throws -> Outcome {
        try work.run(
            """
            rm -rf here && mkdir here && cd here && echo untouched >bystander && exec 9>inherited
            \(before) env LD_PRELOAD="$OLDPWD/takeover.so" AMILINT_VICTIM=\(victim) $AMILINT \(command) --today 2026-11-24 \
                <../all/image.tar >/dev/null
            status=$?
            ls; cat bystander inherited
            exit $status
            """)
    }

    @Test(
        "a reader that is taken over is refused all that it tries, and the report is as ever",
        arguments: [
            ("check ../all/image", "../all/image"),
            ("check ../all/image.tar", "../all/image.tar"),
            ("check -", "-"),
            ("inspect ../all/image.tar.gz", "../all/image.tar.gz"),
            ("diff ../all/image ../all/image.tar", "../all/image"),
            ("audit ../all --jobs 1", "../all/image"),
            ("audit ../all --jobs 1", "../all/image.tar.gz"),
        ])
    func refused(command: String, victim: String) throws {
        let work = try workplace()
        let outcome = try attacked(work, command + " -o json=report.json", victim: victim)
        #expect(outcome.status == 0 || command.hasPrefix("diff"), "\(outcome.error)")
        let attacks = attacks(outcome)
        #expect(attacks.count > 50, "\(outcome.error)")
        for (name, result) in attacks where name != "stat /etc/passwd" {
            #expect(["EPERM", "EACCES", "ENOSYS", "EBADF"].contains(result), "\(name): \(result)")
        }
        #expect(attacks["stat /etc/passwd"] == "done")
        #expect(outcome.output == "bystander\ninherited\nreport.json\nuntouched\n")
        let same = try work.run(
            "cd here && $AMILINT \(command) --today 2026-11-24 -o json <../all/image.tar | cmp - report.json")
        #expect(same.status == 0, "\(same.output)\(same.error)")
    }

    @Test("the attacks are real: without the sandbox they come to something")
    func unprotected() throws {
        let outcome = try attacked(
            try workplace(), "check ../all/image.tar --no-sandbox -o json=report.json", victim: "../all/image.tar")
        let done = Set(attacks(outcome).filter { $0.value == "done" }.keys)
        for name in [
            "read /etc/passwd", "list /", "write beside the report", "write the source", "mkdir", "symlink", "truncate",
            "file without a name", "chmod", "chmod of the source", "utimensat", "fork", "start /bin/sh",
            "start /bin/sh by execveat", "socket of any family", "socketpair of any family", "signal its parent",
            "be dumped", "own name space", "inherited descriptor",
        ] {
            #expect(done.contains(Substring(name)), "\(name): \(outcome.error)")
        }
    }

    @Test("system calls of a foreign architecture end the reader", arguments: ["i386", "x32"])
    func foreign(architecture: String) throws {
        guard try Workplace().run("uname -m").output == "x86_64\n" else { return }
        let work = try workplace()
        let outcome = try attacked(
            work, "check ../all/image -o json=report.json", victim: "../all/image",
            before: "AMILINT_ATTACK=\(architecture)")
        #expect(outcome.status == 128 + 31, "SIGSYS expected: \(outcome.error)")
        #expect(outcome.output == "bystander\ninherited\nuntouched\n")
    }

    @Test("what a kernel lacks is said once, and --require-sandbox refuses it")
    func fallback() throws {
        let work = try workplace()
        let none =
            "amilint: this system offers no sandbox (seccomp): what an image makes of its reader is not held back\n"
        for (lacking, says) in [("landlock", ""), ("seccomp", none)] {
            for command in ["check all/image", "check all/image.tar", "audit all"] {
                let with = try work.run("$AMILINT \(command) --today 2026-11-24")
                let without = try work.run("./without \(lacking) $AMILINT \(command) --today 2026-11-24")
                #expect(without.output == with.output && without.status == with.status)
                #expect(without.error == says, "\(command) without \(lacking)")
                let required = try work.run("./without \(lacking) $AMILINT \(command) --require-sandbox -o json=report")
                let isEnough = lacking == "landlock" && command == "check all/image.tar"
                #expect((required.status == 0) == isEnough, "\(command) without \(lacking): \(required.error)")
                #expect(isEnough || required.status == 64 && required.error.contains("--require-sandbox: "))
            }
            let version = try work.run("./without \(lacking) $AMILINT version --verbose").output
            #expect(version.contains(lacking == "seccomp" ? "\nsandbox: none\n" : "\nsandbox: without Landlock\n"))
        }
        let attacks = attacks(
            try attacked(
                work, "check ../all/image.tar -o json=report.json", victim: "../all/image.tar",
                before: "../without landlock"))
        for (name, result) in attacks where name != "stat /etc/passwd" {
            #expect(["EPERM", "ENOSYS", "EBADF"].contains(result), "without Landlock: \(name): \(result)")
        }
    }

    @Test(
        "xz of several blocks is read where no further thread may be started",
        .enabled(if: isInstalled("strace") && isInstalled("xz")))
    func withoutThreads() throws {
        let outcome = try Workplace().runOnDemo(
            """
            tar -C $DEMO/good -cf - . | xz -0 -T2 --block-size=100000 >good.tar.xz
            exec strace -f -qq -o calls -e trace=clone,clone3 -e inject=clone,clone3:error=EAGAIN \
                $AMILINT check good.tar.xz
            """)
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }

    @Test("version --verbose names the libraries that read images")
    func version() throws {
        let output = try Workplace().amilint("version --verbose").output
        let libraries = [
            "libarchive", "zlib", "ISA-L", "zstd", "liblzma", "bzip2", "lz4", "SQLite", "libyaml", "nettle",
        ]
        for library in libraries {
            #expect(output.contains(try Regex("\n\(library) [0-9]+\\.[0-9.]+\n")), "\(library): \(output)")
        }
    }

    @Test("a reader that calls its image another is believed in an audit no more than its file's name is")
    func lie() throws {
        let work = try workplace()
        let honest = try work.run("$AMILINT audit all --jobs 1 --today 2026-11-24 -o json")
        let lying = try work.run(
            """
            env LD_PRELOAD="$PWD/takeover.so" AMILINT_VICTIM=all/image AMILINT_ATTACK=lie \
                $AMILINT audit all --jobs 1 --today 2026-11-24 -o json
            """)
        #expect(honest.output.contains("image.tar") && honest.output == lying.output, "\(lying.output.prefix(500))")
        let said = try work.run(
            """
            env LD_PRELOAD="$PWD/takeover.so" AMILINT_VICTIM=all/image AMILINT_ATTACK=lie \
                $AMILINT read-image $BASHPID "$PWD/all/image"
            exit $?
            """)
        #expect(said.output.contains(#"/other""#), "the lie was told: \(said.output.prefix(300))")
    }
}
