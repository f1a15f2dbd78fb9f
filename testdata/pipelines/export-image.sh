#!/bin/bash
# Checks an AMI that exists already: exported by EC2 to S3, its root packed as a tar, judged with its own description.
# usage: export-image.sh AMI-ID BUCKET
# needs: aws (with the role vmimport), guestfish, amilint
set -euo pipefail
ami=${1:?usage: export-image.sh AMI-ID BUCKET} bucket=${2:?usage: export-image.sh AMI-ID BUCKET}
task=$(aws ec2 export-image --image-id "$ami" --disk-image-format RAW \
    --s3-export-location "S3Bucket=$bucket,S3Prefix=amilint/" --query ExportImageTaskId --output text)
while state=$(aws ec2 describe-export-image-tasks --export-image-task-ids "$task" \
    --query 'ExportImageTasks[0].Status' --output text) && [ "$state" = active ]; do sleep 60; done
[ "$state" = completed ] || { echo "$task: completed expected, $state found" >&2; exit 1; }
aws s3 cp "s3://$bucket/amilint/$task.raw" image.raw
aws ec2 describe-images --image-ids "$ami" >image.json
guestfish --ro -a image.raw -i tar-out / image.tar.gz compress:gzip numericowner:true xattrs:true
amilint check image.tar.gz --ami-metadata image.json -o text -o json=amilint.json
