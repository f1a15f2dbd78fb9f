import ImageReading
import Startup
import TestSupport
import Testing

@testable import ImageFacts

@Suite struct DockerRunArgumentsTests {
    struct Row: Sendable {
        let command: String
        let image: String?
        var assignments: [String] = []
        var files: [String] = []
        var restart: String?
        var isDetached = false
    }

    @Test(arguments: [
        Row(command: "docker run image", image: "image"),
        Row(command: "/usr/bin/docker --log-level debug -H tcp://x run -it image sh -c x", image: "image"),
        Row(
            command: "docker run -d --name ecs -e A=b --env C --env=D=e -eF=g image", image: "image",
            assignments: ["A=b", "C", "D=e", "F=g"], isDetached: true),
        Row(
            command: "docker run --env-file /a --env-file=/b -itv /c:/d --restart=always image:tag", image: "image:tag",
            files: ["/a", "/b"], restart: "always"),
        Row(
            command: "docker container run --detach=true --rm --restart on-failure:3 image@sha256:0 x",
            image: "image@sha256:0", restart: "on-failure:3", isDetached: true),
        Row(command: "docker run -p 51678:51678 -dP image", image: "image", isDetached: true),
        Row(command: "docker create --read-only image", image: "image"),
        Row(command: "docker start -a ecs-agent", image: nil),
        Row(command: "docker run --rm", image: nil),
        Row(command: "docker", image: nil),
        Row(command: "docker-compose run image", image: nil),
    ])
    func optionsAreReadUpToTheImage(row: Row) {
        let words = row.command.split(separator: " ").map { CommandWord(String($0)) }
        let command = DockerCommand(words)
        var arguments: DockerRunArguments?
        if case .run(let found)? = command { arguments = found }
        #expect(arguments?.image.text == row.image)
        #expect(arguments?.assignments.map(\.text) ?? [] == row.assignments)
        #expect(arguments?.environmentFiles.map(\.text) ?? [] == row.files)
        #expect(arguments?.restart == row.restart)
        #expect(arguments?.isDetached ?? false == row.isDetached)
    }

    @Test(arguments: [
        ("A=b\n  C = d\n", ["A=b"], true),
        ("# c\n\n  A=b  \nB=\"q\"\r\nC\n", ["A=b  ", "B=\"q\"", "C"], false),
        ("=x\n", [], true),
        ("\u{FEFF}A=b", ["A=b"], false),
        ("A=b=c\n", ["A=b=c"], false),
    ])
    func environmentFilesAreReadAsDockerReadsThem(text: String, expected: [String], isRefused: Bool) throws {
        let root = RootFilesystem(["/e": .text(text)])
        let file = DockerEnvironmentFile(try #require(root[.contents("/e")].value))
        #expect(file.settings.map { $0.key + ($0.value.map { "=\($0)" } ?? "") } == expected)
        #expect((file.problem != nil) == isRefused)
    }
}
