#!/bin/bash
# Checks an AMI that exists already: its disk, exported by EC2 to S3, judged with its own description.
# usage: export-image.sh AMI-ID BUCKET
# needs: aws (with the role vmimport), amilint
set -euo pipefail
ami=${1:?usage: export-image.sh AMI-ID BUCKET} bucket=${2:?usage: export-image.sh AMI-ID BUCKET}
task=$(aws ec2 export-image --image-id "$ami" --disk-image-format VMDK \
    --s3-export-location "S3Bucket=$bucket,S3Prefix=amilint/" --query ExportImageTaskId --output text)
while state=$(aws ec2 describe-export-image-tasks --export-image-task-ids "$task" \
    --query 'ExportImageTasks[0].Status' --output text) && [ "$state" = active ]; do sleep 60; done
[ "$state" = completed ] || { echo "$task: completed expected, $state found" >&2; exit 1; }
aws s3 cp "s3://$bucket/amilint/$task.vmdk" image.vmdk
aws ec2 describe-images --image-ids "$ami" >image.json
amilint check image.vmdk --ami-metadata image.json -o text -o json=amilint.json
