# Checks the image twice: inside the build on / before the AMI is made, where a failure ends the build without one, and
# its exported root afterwards. The AMI's description proves the virtualization type that a root alone does not.
# amilint is the file of a release beside this one, after its checksum was compared: it needs nothing of the instance,
# and none of it stays there.
packer {
  required_plugins {
    amazon = {
      source  = "github.com/hashicorp/amazon"
      version = ">= 1.3.0"
    }
  }
}

source "amazon-ebs" "batch" {
  ami_name      = "batch-${formatdate("YYYYMMDD-hhmmss", timestamp())}"
  instance_type = "m6i.large"
  ssh_username  = "ec2-user"
  source_ami_filter {
    owners      = ["amazon"]
    most_recent = true
    filters     = { name = "al2023-ami-ecs-hvm-*-x86_64" }
  }
}

build {
  sources = ["source.amazon-ebs.batch"]

  # The agent runs while the image is built; what it wrote would be every new instance's.
  provisioner "shell" {
    inline = ["sudo systemctl stop ecs", "sudo rm -rf /var/lib/ecs/data/*"]
  }

  provisioner "file" {
    source      = "amilint"
    destination = "/tmp/amilint"
  }

  provisioner "shell" {
    inline = [
      "install -D -m 755 /tmp/amilint /tmp/bin/amilint",
      "amilint check / --skip hvm-virtualization -o text",
      "tar -C / --numeric-owner --xattrs --exclude=./proc/* --exclude=./sys/* --exclude=./dev/* --exclude=./run/* --exclude=./tmp/* -czf /tmp/image.tar.gz . || [ $? = 1 ]",
    ]
    # Files of root alone are read too.
    execute_command = "sudo env PATH=/tmp/bin:$PATH sh -e {{ .Path }}"
  }

  provisioner "file" {
    direction   = "download"
    source      = "/tmp/image.tar.gz"
    destination = "image.tar.gz"
  }

  provisioner "shell" {
    inline = ["sudo rm -rf /tmp/amilint /tmp/bin /tmp/image.tar.gz"]
  }

  post-processor "shell-local" {
    inline = [
      "amilint check image.tar.gz --skip hvm-virtualization -o text -o json=amilint.json",
    ]
  }
}
