# SPDX-License-Identifier: GPL-3.0-or-later
# bmcsh: settings, then rules. `make demo` and `make test` are all a newcomer needs.

PREFIX  ?= /usr/local
BUILD   ?= build
PROGRAM ?= bmcsh
SAN     ?=
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo 0.1.0)

# Tested for, and named to apt-get when missing: file that shows it is there = package.
DEPS = /usr/bin/gcc=gcc /usr/bin/pkg-config=pkgconf /usr/bin/git=git \
       /usr/include/lua5.4/lua.h=liblua5.4-dev /usr/include/lua5.4/lua-cjson.h=lua-cjson-dev \
       /usr/include/ev.h=libev-dev /usr/include/mimalloc.h=libmimalloc-dev \
       /usr/include/libwebsockets.h=libwebsockets-dev \
       /usr/share/doc/libwebsockets-evlib-ev=libwebsockets-evlib-ev \
       /usr/share/doc/libcurl4-openssl-dev=libcurl4-openssl-dev /usr/include/openssl/ssl.h=libssl-dev \
       /usr/include/freeipmi/freeipmi.h=libfreeipmi-dev \
       /usr/include/readline/readline.h=libreadline-dev /usr/share/lua/5.4/argparse.lua=lua-argparse \
       /usr/share/doc/lua-rex-pcre2=lua-rex-pcre2 /usr/share/doc/lua-yaml=lua-yaml
TEST_DEPS = /usr/share/lua/5.4/busted/core.lua=lua-busted /usr/bin/luacheck=lua-check \
       /usr/bin/clang-format=clang-format /usr/bin/lua5.4=lua5.4 /usr/bin/ipmi_sim=openipmi \
       /usr/bin/ipmitool=ipmitool /usr/sbin/ipmi-sel=freeipmi-tools \
       /usr/lib/python3/dist-packages/cryptography=python3-cryptography
BENCH_DEPS = /usr/sbin/nginx=nginx-light /usr/bin/openssl=openssl /usr/bin/lua5.4=lua5.4 \
       /usr/sbin/ipmipower=freeipmi-tools

LUA_CFLAGS = $(shell pkg-config --cflags lua5.4)
WARN    = -Wall -Wextra -Wshadow -Wconversion -Wmissing-prototypes -Wstrict-prototypes -Wvla
CFLAGS  ?= -O2 -g
ALL_CFLAGS = -std=gnu11 -D_GNU_SOURCE -fPIC $(WARN) $(CFLAGS) $(LUA_CFLAGS) $(SANFLAGS) $(DEFS)
ifneq ($(SAN),)
SANFLAGS = -fsanitize=$(SAN) -fno-omit-frame-pointer
endif
ifneq ($(DEBUG),)
ALL_CFLAGS += -DBMCSH_DEBUG # reports steps that hold the loop
endif
# Used when the program lies neither beside lua/ nor under a prefix (builds out of tree).
PATHS   = -DBMCSH_DATADIR='"$(CURDIR)"' -DBMCSH_LIBDIR='"$(abspath $(BUILD))/lib"'

PROGRAM_SRC  = main alloctest coro err host interrupt l_secret l_spawn \
               loop lutil op resolve secret secret_read spawn task tty watchdog
PROGRAM_LIBS = -llua5.4 -l:liblua5.4-cjson.a -lev $(MALLOC) -lm
# Takes the place of malloc for every library here; the sanitizers bring their own.
MALLOC  = $(if $(SAN),,-lmimalloc)

# A transport that needs a heavy library is loaded when first required.
MODULES   = http json httpd udp repl blackhole lockfile hash rmcp rmcpd sel fru sdr terminal
SRC_http  = http http_buf http_cert http_fault http_multi l_headers l_http
# Never unloaded: a name look-up that was given up ends in a thread inside libcurl, later.
LIBS_http = -lcurl -lssl -lcrypto -Wl,-z,nodelete
SRC_json  = json_text l_json
LIBS_json =
SRC_httpd = httpd httpd_conn httpd_reply h1 bytes l_httpd cert descriptors
LIBS_httpd = -lwebsockets -lssl -lcrypto
SRC_udp   = udp l_udp
LIBS_udp  =
SRC_repl  = repl l_repl
# Never unloaded: readline keeps its state for the life of the process.
LIBS_repl = -lreadline -Wl,-z,nodelete
SRC_blackhole  = l_blackhole
LIBS_blackhole =
# Never unloaded: a sync that hung outlives the Lua state, in a thread inside it.
SRC_lockfile   = lockfile disksync l_lockfile
LIBS_lockfile  = -Wl,-z,nodelete
SRC_terminal = terminal l_terminal
LIBS_terminal =
SRC_hash  = l_hash
LIBS_hash = -lcrypto
SRC_rmcp  = rmcp_15 rmcp_abandon rmcp_ask rmcp_command rmcp_crypto rmcp_login rmcp_offers \
            rmcp_packet rmcp_reason rmcp_session rmcp_socket rmcp_sol rmcp_sol_packet l_rmcp l_rmcp_sol
LIBS_rmcp = -lcrypto
SRC_rmcpd = rmcpd rmcpd_login rmcpd_net rmcpd_packet rmcpd_session rmcp_crypto rmcp_packet \
            descriptors l_rmcpd
LIBS_rmcpd = -lcrypto
# Never unloaded: FreeIPMI's contexts are kept for the life of the process.
SRC_sel   = ipmi_sel l_sel
LIBS_sel  = -lfreeipmi -Wl,-z,nodelete
SRC_fru   = ipmi_fru l_fru
LIBS_fru  = -lfreeipmi
SRC_sdr   = ipmi_sdr ipmi_sensor l_sdr
LIBS_sdr  = -lfreeipmi -lm -Wl,-z,nodelete

OBJ  = $(PROGRAM_SRC:%=$(BUILD)/%.o)
LIBS = $(MODULES:%=$(BUILD)/lib/_bmcsh/%.so)

all: $(PROGRAM) $(LIBS)

$(PROGRAM): $(OBJ)
	@echo '  LD  $@'
	@$(CC) $(SANFLAGS) $(LDFLAGS) -rdynamic -o $@ $^ $(PROGRAM_LIBS)

$(BUILD)/host.o: DEFS = -DBMCSH_VERSION='"$(VERSION)"' $(PATHS)
$(BUILD)/host.o: $(BUILD)/version

# Rewritten only when it differs, so that host.c is compiled anew just then.
$(BUILD)/version: FORCE
	@mkdir -p $(BUILD)
	@echo '$(VERSION)' | cmp -s - $@ || echo '$(VERSION)' > $@

$(BUILD)/%.o: src/%.c
	@mkdir -p $(BUILD)
	@echo '  CC  $<'
	@$(CC) $(ALL_CFLAGS) -MMD -MP -c -o $@ $<

define module
$(BUILD)/lib/_bmcsh/$(1).so: $(SRC_$(1):%=$(BUILD)/%.o)
	@mkdir -p $$(@D)
	@echo '  LD  $$@'
	@$(CC) $(SANFLAGS) $(LDFLAGS) -shared -o $$@ $$^ $(LIBS_$(1))
endef
$(foreach m,$(MODULES),$(eval $(call module,$(m))))

-include $(wildcard $(BUILD)/*.d)

# ---- for people ----

demo: deps
	@$(MAKE) --no-print-directory all
	./$(PROGRAM) examples/demo.lua

test: deps test-deps
	@$(MAKE) --no-print-directory check

deps:
	@tools/deps.sh $(DEPS)

test-deps:
	@tools/deps.sh $(TEST_DEPS)

# ---- for developers ----

check: all kat
	./$(PROGRAM) spec/run.lua $(SPECS)

# The leak check follows what libasan takes for the size of a thread's memory of a library, by its
# address: a guess that is wrong in one of a few hundred layouts, and ends the program. Not guessed.
check-asan:
	@$(MAKE) --no-print-directory BUILD=build/asan PROGRAM=build/asan/bmcsh SAN=address,undefined \
	  CFLAGS='-O1 -g' all
	ASAN_OPTIONS=detect_leaks=1:abort_on_error=0:intercept_tls_get_addr=0 \
	  LSAN_OPTIONS=suppressions=tools/lsan.supp \
	  UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1 build/asan/bmcsh spec/run.lua $(SPECS)

check-alloc:
	@$(MAKE) --no-print-directory BUILD=build/alloc PROGRAM=build/alloc/bmcsh SAN=address,undefined \
	  CFLAGS='-O1 -g -DBMCSH_ALLOC_TEST' \
	  LDFLAGS='-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc,--wrap=mmap' all
	tools/alloc.sh build/alloc/bmcsh

# Answers worked out elsewhere, for what has no face in Lua.
kat: $(BUILD)/rmcp_kat $(BUILD)/sdr_kat $(BUILD)/sol_kat
	@$(BUILD)/rmcp_kat
	@$(BUILD)/sdr_kat
	@$(BUILD)/sol_kat

$(BUILD)/sol_kat: spec/kat/sol.c $(BUILD)/rmcp_sol_packet.o
	@$(CC) $(ALL_CFLAGS) -o $@ $^

$(BUILD)/sdr_kat: spec/kat/sdr.c $(BUILD)/ipmi_sdr.o
	@$(CC) $(ALL_CFLAGS) -o $@ $^ -lfreeipmi

$(BUILD)/rmcp_kat: spec/kat/rmcp.c $(BUILD)/rmcp_packet.o $(BUILD)/rmcp_crypto.o
	@$(CC) $(ALL_CFLAGS) -o $@ $^ -lcrypto

# Each target in fuzz/ for FUZZ_TIME seconds; what is found lies in $(BUILD)/fuzz, the corpora here
# stay as they are. `make fuzz FUZZ=rmcp_session FUZZ_TIME=600` is one of them alone.
FUZZ_TIME ?= 60
FUZZ      ?= rmcp_packet rmcp_session ipmi_sdr rmcpd sol_packet h1 json
FUZZ_SRC_rmcp_packet   = rmcp_packet rmcp_crypto
FUZZ_SRC_rmcp_session  = rmcp_15 rmcp_abandon rmcp_command rmcp_crypto rmcp_login rmcp_offers \
                         rmcp_packet rmcp_reason rmcp_session rmcp_sol rmcp_sol_packet
FUZZ_WITH_rmcp_session = fuzz/rmcp_world.c
FUZZ_SRC_rmcpd         = descriptors rmcpd rmcpd_login rmcpd_packet rmcpd_session rmcp_crypto \
                         rmcp_packet
FUZZ_SRC_ipmi_sdr      = ipmi_sdr ipmi_sensor
FUZZ_LIBS_ipmi_sdr     = -lfreeipmi
FUZZ_SRC_sol_packet    = rmcp_sol_packet
FUZZ_SRC_h1            = h1
FUZZ_MAX_h1            = 400
FUZZ_SRC_json          = json_text l_json
FUZZ_LIBS_json         = $(LUA_CFLAGS) -llua5.4
FUZZ_MAX_json          = 400
FUZZ_MAX_sol_packet    = 1200
FUZZ_MAX_rmcp_packet   = 1200
FUZZ_MAX_rmcp_session  = 500
FUZZ_MAX_rmcpd         = 600
FUZZ_MAX_ipmi_sdr      = 270

fuzz: $(FUZZ:%=fuzz-%)

fuzz-%:
	@mkdir -p $(BUILD)/fuzz/$*
	clang -std=gnu11 -D_GNU_SOURCE -O1 -g -fsanitize=fuzzer,address,undefined \
	  -fno-sanitize-recover=undefined -o $(BUILD)/fuzz/$*.run fuzz/$*.c \
	  $(FUZZ_WITH_$*) $(FUZZ_SRC_$*:%=src/%.c) -lcrypto -lm $(FUZZ_LIBS_$*)
	$(BUILD)/fuzz/$*.run -max_total_time=$(FUZZ_TIME) -max_len=$(FUZZ_MAX_$*) -timeout=5 \
	  -rss_limit_mb=4096 -print_final_stats=1 -artifact_prefix=$(BUILD)/fuzz/ \
	  $(BUILD)/fuzz/$* fuzz/corpus/$*

lint: test-deps
	tools/lint.sh

# What each operation gives on each recorded machine.
matrix: all
	./$(PROGRAM) tools/matrix.lua ../shared/mockups > doc/supported-vendors.md

bench:
	@tools/deps.sh $(BENCH_DEPS)
	@$(MAKE) --no-print-directory all
	bench/run.sh ./$(PROGRAM)

install: all
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/lib/bmcsh/_bmcsh $(DESTDIR)$(PREFIX)/share/bmcsh
	install -m 755 $(PROGRAM) $(DESTDIR)$(PREFIX)/bin/bmcsh
	install -m 644 $(LIBS) $(DESTDIR)$(PREFIX)/lib/bmcsh/_bmcsh
	cp -R lua scripts examples $(DESTDIR)$(PREFIX)/share/bmcsh

clean:
	rm -rf build $(PROGRAM)

FORCE:
.PHONY: all demo test deps test-deps check check-asan check-alloc kat fuzz lint matrix bench install clean FORCE
