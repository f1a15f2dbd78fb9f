/// Images that stand in AWS and not on this machine, and how they come here.

/// The commands that fetch what `source` names, an AMI (`ami-0123...`) or an object of S3 (`s3://BUCKET/KEY`); nil where
/// it names neither.
///
/// For a message where nothing of that name stands on this machine. Followed: the AWS CLI's `ec2 export-image`, `ec2
/// describe-export-image-tasks` and `s3 cp`, and coldsnap's README (awslabs/coldsnap).
public func fetchAdvice(for source: String) -> String? {
    if source.hasPrefix("ami-"), source.utf8.count > 4, source.utf8.dropFirst(4).allSatisfy(isHexadecimalDigit) {
        return "an AMI is read once its disk is here: "
            + "`aws ec2 export-image --image-id \(source) --disk-image-format VMDK --role-name vmimport "
            + "--s3-export-location S3Bucket=BUCKET,S3Prefix=amilint/` prints an ExportImageTaskId (BUCKET is in the "
            + "AMI's region, and the role vmimport may write to it); "
            + "`aws ec2 describe-export-image-tasks --export-image-task-ids TASK` says when it is completed; "
            + "`aws s3 cp s3://BUCKET/amilint/TASK.vmdk .` and `amilint check TASK.vmdk`. Without a bucket: "
            + "`aws ec2 describe-images --image-ids \(source) --output text "
            + "--query 'Images[0].BlockDeviceMappings[].Ebs.SnapshotId'`, `coldsnap download SNAPSHOT disk.raw` and "
            + "`amilint check disk.raw`"
    }
    guard source.hasPrefix("s3://") else { return nil }
    let parts = source.dropFirst("s3://".count).split(separator: "/")
    guard parts.count >= 2, let file = parts.last else { return nil }
    return "an object of S3 is read once it is here: `aws s3 cp \(shellWord(source)) .` and "
        + "`amilint check \(shellWord(String(file)))`"
}

private func isHexadecimalDigit(_ byte: UInt8) -> Bool {
    UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "f") ~= byte
}

/// A word as a shell takes it: in quotes unless each of its characters stands for itself.
private func shellWord(_ word: String) -> String {
    let isPlain = word.utf8.allSatisfy { byte in
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte || UInt8(ascii: "a")...UInt8(ascii: "z") ~= byte | 0x20
            || "-_./:=@%+,".utf8.contains(byte)
    }
    return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
}
