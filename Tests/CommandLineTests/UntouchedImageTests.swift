/// The image that is read stays as it was, to the last time stamp, and nothing outside it is read by way of it.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil && isInstalled("strace") && hasPython)) struct UntouchedImageTests {
    /// Says of everything below a directory what stat(2) says of it but the time of the last access, its content, the
    /// target of a link, and its extended attributes.
    private static let digest = """
        import hashlib, os, sys
        digest = hashlib.sha256()
        for directory, names, files in os.walk(os.fsencode(sys.argv[1])):
            names.sort()
            for path in [directory] + [os.path.join(directory, name) for name in sorted(names + files)]:
                status = os.lstat(path)
                kind = status.st_mode & 0o170000
                digest.update(repr((path, [getattr(status, "st_" + field) for field in (
                    "mode", "ino", "dev", "nlink", "uid", "gid", "size", "blocks", "mtime_ns", "ctime_ns", "rdev")],
                    sorted((name, os.getxattr(path, name, follow_symlinks=False))
                        for name in os.listxattr(path, follow_symlinks=False)))).encode())
                if kind == 0o120000: digest.update(os.readlink(path))
                if kind == 0o100000: digest.update(open(path, "rb").read())
        print(digest.hexdigest())
        """

    /// Ways out of an image, each at a place that is read.
    private static let traps = """
        cp -a "$DEMO/good" image && cd image || exit
        echo ID=leaked >../outside && mkdir ../elsewhere && echo ID=leaked >../elsewhere/os-release && echo A=b >../hard
        ln -sf ../../outside etc/system-release
        ln -s ../../elsewhere etc/default.d
        ln -s /proc/self/root/etc/passwd etc/ecs/link
        ln -s ../../../../../../../../../../../../etc/shadow etc/docker/key.json
        rm -f etc/environment && ln ../hard etc/environment
        rm -rf etc/sysconfig && ln -s ../../elsewhere etc/sysconfig
        rm -rf etc/profile.d && mkfifo etc/profile.d
        mkdir -p proc/self sys/kernel dev && mkfifo etc/systemd/system/fifo.service
        ln -s /dev/zero etc/systemd/system/endless.service
        ln -s loop etc/loop && setfattr -n user.kept -v 1 etc 2>/dev/null
        cd ..
        """

    @Test(
        "no call but those of reading is made on a directory, nothing outside is opened, and all is as it was",
        arguments: ["check image", "inspect image", "diff image image", "audit image"])
    func directory(command: String) throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            \(Self.traps)
            python3 -c "$DIGEST" image >before
            strace -f -qq -y -e trace=%file,openat,getdents64,fchmod,fchown,ftruncate,fsetxattr,pwrite64 -o trace \\
                timeout 60 $AMILINT \(command) -o json=report >/dev/null
            echo "status $?"
            python3 -c "$DIGEST" image | cmp - before && echo same
            # What was opened for reading below the image, and where it really is; then all that may change something.
            sed -nE 's/.* = [0-9]+<([^>]*)>$/\\1/p' trace | sort -u | grep -vE "^$PWD/image(/|\\$)" \\
                | grep -E "outside|elsewhere|shadow|passwd|/dev/zero|fifo"
            grep -E 'O_(WRONLY|RDWR|CREAT|TRUNC)|^[0-9]+ +[a-z]*(chmod|chown|truncate|setxattr|utime|rename|unlink|mkdir|link|mknod)' trace \\
                | grep -F 'image/' | grep -vF readlink
            exit 0
            """, environment: ["DIGEST": Self.digest])
        let lines = outcome.output.split(separator: "\n")
        #expect(lines.count == 2 && lines.last == "same", "\(outcome.output)\(outcome.error)")
        #expect(lines.first.map { ["status 0", "status 1", "status 2"].contains($0) } ?? false, "\(outcome.output)")
        #expect(try !work.run("cat report").output.contains("leaked"))
    }

    @Test("archives and disks stay as they were", .enabled(if: isInstalled("mke2fs")))
    func files() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            mkdir images && cp "$DEMO/good.tar.gz" images && tar -C "$DEMO/good" -cf images/root.tar . || exit
            tar -C "$DEMO/good" -cJf images/root.tar.xz . || exit
            truncate -s 200M images/disk.raw && mke2fs -q -t ext4 -d "$DEMO/good" images/disk.raw || exit
            gzip -1 -k images/disk.raw || exit
            python3 -c "$DIGEST" images >before
            for image in images/*; do $AMILINT check $image -o json=report.json; [ $? -le 1 ] || echo "$image"; done
            $AMILINT audit images --scratch . -o json=report.json; [ $? -le 1 ] || echo audit
            python3 -c "$DIGEST" images | cmp - before && echo same
            """, environment: ["DIGEST": Self.digest])
        #expect(outcome.output == "same\n", "\(outcome.output)\(outcome.error)")
    }

    @Test("a file system that is mounted read-only is read as any other", .enabled(if: getuid() == 0))
    func readOnly() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            cp -a "$DEMO/good" image
            unshare -m true 2>/dev/null || { echo skipped; exit; }
            $AMILINT check image --today 2026-11-24 -o json=report.json
            unshare -m bash -c 'mount --bind image image && mount -o remount,bind,ro image && ! touch image/etc 2>/dev/null \\
                && exec $AMILINT check image --today 2026-11-24 -o json' | cmp - report.json && echo same
            """)
        if outcome.output == "skipped\n" {
            print("SKIPPED: this system lets nobody mount")
        } else {
            #expect(outcome.output == "same\n", "\(outcome.output)\(outcome.error)")
        }
    }

    @Test("directories that become links while they are walked lead nowhere")
    func swapped() throws {
        let work = try Workplace()
        let outcome = try work.runOnDemo(
            """
            cp -a "$DEMO/good" image && mkdir outside outside/ecs && cp -a image/etc outside/etc
            printf 'ID=leaked\\nNAME=leaked\\nPRETTY_NAME=leaked\\n' | tee outside/etc/os-release >outside/os-release
            mv image/etc image/etc.real
            python3 -c '
            import os, time
            end = time.time() + 60
            while time.time() < end and not os.path.exists("done"):
                os.rename("image/etc.real", "image/etc"); os.rename("image/etc", "image/etc.real")
                os.symlink("../outside/etc", "image/etc"); os.unlink("image/etc")
            ' & swapper=$!
            for run in 1 2 3 4 5 6 7 8; do timeout 60 $AMILINT inspect image -o json=report.$run; done 2>/dev/null
            for run in 1 2 3 4; do timeout 60 $AMILINT inspect image --no-sandbox -o json=report.bare.$run; done 2>/dev/null
            touch done; wait $swapper
            cat report.* | grep -c leaked
            """)
        #expect(outcome.output == "0\n", "\(outcome.output)\(outcome.error)")
    }
}
