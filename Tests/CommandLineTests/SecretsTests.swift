/// Credentials stand in images at many places whose text reports show: no command shows one, in any format.

import Foundation
import TestSupport
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct SecretsTests {
    /// Part of every credential that is planted, and of nothing else.
    static let mark = "pl4nt3dcr3d3ntial"

    /// What is put over a whole root: whole files, and texts that are added to what stands there.
    static let files: [String: String] = [
        "etc/ecs/ecs.config": """
        ECS_CLUSTER=default
        ECS_ENGINE_AUTH_TYPE=dockercfg
        ECS_ENGINE_AUTH_DATA={"https://index.docker.io/v1/":{"auth":"\(mark)","email":"e@x"}}
        HTTP_PROXY=http://user:\(mark)@proxy:3128
        AWS_SECRET_ACCESS_KEY=\(mark)
        MY_API_TOKEN="\(mark)
        """,
        "etc/ecs/ecs.config.json": #"{"EngineAuthData":{"https://x":{"password":"\#(mark)"}},"Unknown":"\#(mark)"}"#,
        "etc/docker/daemon.json": #"""
        {"proxies":{"http-proxy":"http://u:\#(mark)@p:1","https-proxy":"ftp://u:\#(mark)@p"},"log-driver":"splunk",
         "log-opts":{"splunk-token":"\#(mark)"},"registry-mirrors":["https://u:\#(mark)@m"],"unknown":"\#(mark)"}
        """#,
        "etc/systemd/system/docker.service.d/proxy.conf": """
        [Service]
        Environment="HTTPS_PROXY=https://u:\(mark)@p:1" "TOKEN=\(mark)"
        ExecStart=
        ExecStart=/usr/bin/dockerd -H fd:// --log-opt splunk-token=\(mark) --registry-mirror=https://u:\(mark)@m
        """,
        "etc/systemd/system/agent-by-hand.service": """
        [Service]
        ExecStartPre=/usr/bin/docker login -u u -p \(mark) registry.example
        ExecStart=/usr/bin/docker run -e DB_PASSWORD=\(mark) --env=GITHUB_TOKEN=\(mark) amazon/amazon-ecs-agent:latest
        [Install]
        WantedBy=multi-user.target
        """,
        "etc/cloud/cloud.cfg.d/99-secrets.cfg": """
        users:
          - name: x
            passwd: \(mark)
            plain_text_passwd: \(mark)
        chpasswd: {list: "root:\(mark)"}
        datasource: {Ec2: {metadata_urls: ["http://u:\(mark)@169.254.169.254"]}}
        runcmd: [[curl, -H, "Authorization: Bearer \(mark)", "https://x"], "docker login -p \(mark)"]
        broken: [\(mark)
        """,
        "etc/fstab": """
        UUID=1 / ext4 defaults 0 1
        //server/share /mnt/share cifs username=u,password=\(mark),vers=3.0 0 0
        https://u:\(mark)@dav /var/lib/dav davfs defaults 0 0
        s3fs#bucket /var/lib/docker fuse passwd=\(mark),allow_other 0 0
        """,
        "etc/rc.local":
            "#!/bin/sh\nexport AWS_SESSION_TOKEN=\(mark)\ndocker run -e X_SECRET=\(mark) amazon/amazon-ecs-agent\n",
        "etc/environment": "AWS_SECRET_ACCESS_KEY=\(mark)\n",
        "root/.aws/credentials":
            "[default]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = \(mark)\n",
        "root/.docker/config.json": #"{"auths":{"https://index.docker.io/v1/":{"auth":"\#(mark)"}}}"#,
        "etc/default/docker": "export http_proxy=http://u:\(mark)@p\nDOCKER_OPTS=\"--log-opt splunk-token=\(mark)\"\n",
        "var/lib/cloud/instance/user-data.txt": "#cloud-config\npassword: \(mark)\n",
        "boot/grub/grub.cfg": """
        menuentry 'Linux' {
          linux /boot/vmlinuz-6.1.0-56-cloud-amd64 root=UUID=1 ro ds=nocloud-net;s=http://u:\(mark)@h/ token=\(mark)
          initrd /boot/initrd.img-6.1.0-56-cloud-amd64
        }
        """,
    ]

    @Test("no format of any command shows one, and no file that is kept")
    func shown() throws {
        let workplace = try Workplace()
        let overlay = workplace.url.appending(path: "overlay")
        for (path, text) in Self.files {
            let file = overlay.appending(path: path)
            try FileManager.default.createDirectory(
                at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let outcome = try workplace.runOnDemo(
            """
            mkdir images out && cp -a $DEMO/good images/all && cp -a $DEMO/bad images/bad
            cp -a overlay/. images/all && chmod +x images/all/etc/rc.local
            wants=etc/systemd/system/multi-user.target.wants
            mkdir -p images/all/$wants && ln -sf ../agent-by-hand.service images/all/$wants/
            # Each file by itself too, since one fault hides the next.
            for file in $(cd overlay && find . -type f); do
                name=images/$(echo $file | tr -c 'a-z0-9\\n' _)
                cp -a $DEMO/good $name && mkdir -p $name/$(dirname $file) && cp overlay/$file $name/$file
                [ $file != ./etc/systemd/system/agent-by-hand.service ] || ln -sf ../agent-by-hand.service $name/$wants/
            done
            tar -C images/all -cf all.tar .
            formats() { for format in $1; do printf ' -o %s=out/%s-%s' $format $2 $format; done; }
            one=$(formats "text json sarif junit markdown html github" check)
            for image in images/* all.tar; do
                name=$(basename $image)
                $AMILINT check $image ${one//check/$name-check}
                $AMILINT inspect $image -o text=out/$name-facts -o json=out/$name-facts-json -o cyclonedx=out/$name-packages
                $AMILINT diff $DEMO/good $image -o text=out/$name-diff -o json=out/$name-diff-json -o markdown=out/$name-diff-md
            done >out/words 2>&1
            all=$(formats "text json jsonl csv sarif junit markdown html" audit)
            $AMILINT audit images --state out/state $all >>out/words 2>&1
            $AMILINT policy init >out/policy 2>>out/words
            ls -R out | wc -l
            grep -rlie \(Self.mark) out
            """)
        let lines = outcome.output.split(separator: "\n")
        #expect(try #require(Int(lines.first ?? "")) > 200, "\(outcome.output)\(outcome.error)")
        #expect(lines.dropFirst() == [], "\(outcome.error)")
    }
}
