# Auth Broker. `make help` lists the targets; docs/architecture.md tells the rooms.
#
# B is the build folder; SAN=address,undefined builds with sanitizers into its
# own folder; WERROR=1 makes warnings errors; NGINX_SRC names an NGINX source
# tree to build the module with (default: Debian's nginx-dev).

SAN       ?=
B         ?= build$(if $(SAN),/san-$(subst $(comma),-,$(SAN)))
PREFIX    ?= /usr
SYSCONF   ?= /etc
NGINX_SRC ?= /usr/share/nginx/src
comma     := ,

CC       ?= cc
PKGS     := jansson libcrypto libssl hiredis libmicrohttpd libevent libevent_pthreads libcurl libargon2 libsystemd
WARN     := -Wall -Wextra -Wformat=2 -Wvla -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
            -Wwrite-strings -Wimplicit-fallthrough -Wundef -Wno-format-nonliteral
HARD     := -D_FORTIFY_SOURCE=3 -fstack-protector-strong -fstack-clash-protection -ftrivial-auto-var-init=zero -fPIE
CFLAGS   := -std=gnu11 -g -O2 $(WARN) $(if $(WERROR),-Werror) -D_GNU_SOURCE -Ishared -MMD -MP \
            $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer -DAB_SANITIZE=1,$(HARD)) $(shell pkg-config --cflags $(PKGS)) $(XCFLAGS)
LDFLAGS  := $(if $(SAN),-fsanitize=$(SAN),-pie -Wl$(comma)-z$(comma)relro -Wl$(comma)-z$(comma)now -Wl$(comma)-z$(comma)noexecstack)
LIBS     := $(shell pkg-config --libs $(PKGS)) -pthread

# Rooms of the daemon, lowest first. Each is compiled with a folder of links
# to the rooms it may include, and no other: that is the rule of DESIGN 7.
ROOMS      := base conf store model net token broker oidc flow server edge ctl
below_base   :=
below_conf   := base
below_store  := base conf
below_model  := base conf store
below_net    := base conf store model
below_token  := base conf store model net
below_broker := base conf store model net token
below_oidc   := base conf store model net token
below_flow   := base conf store model net token broker oidc
below_server := base conf store model net token broker oidc flow
below_edge   := $(below_server)
below_ctl    := $(below_server)
below_top    := $(ROOMS)

src       = $(filter-out $(1)/test_% $(1)/fuzz_%,$(patsubst ./%,%,$(wildcard $(1)/*.c $(1)/*/*.c)))
obj       = $(patsubst %.c,$(B)/%.o,$(call src,$(1)))
TESTS    := $(wildcard shared/test_*.c sidecar/*/test_*.c)
FUZZERS  := $(wildcard shared/fuzz_*.c sidecar/*/fuzz_*.c)
TEST_BIN := $(TESTS:%.c=$(B)/%)
FUZZ_BIN := $(FUZZERS:%.c=$(B)/%)

.PHONY: FORCE all help deps demo test soak unit san fuzz fuzz-replay lint coverage parity bench install clean module threats
.DELETE_ON_ERROR:
all: $(B)/auth-brokerd $(B)/auth-brokerctl module  ## build daemon, tool and module

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 14

# ---- compile -------------------------------------------------------------
define inc_rule
$(B)/inc/$(1)/.made: Makefile
	@mkdir -p $$(@D); for r in $$(below_$(1)) $$(filter $$(ROOMS),$(1)); do ln -sfn "$$$$(realpath -s --relative-to=$$(@D) sidecar/$$$$r)" $$(@D)/$$$$r; done; touch $$@
endef
$(foreach r,$(ROOMS) top,$(eval $(call inc_rule,$(r))))

define room_rules
$(B)/sidecar/$(1)/%.o: sidecar/$(1)/%.c $(B)/inc/$(1)/.made $(if $(filter-out base conf,$(1)),$(B)/gen/lua.inc) $(if $(filter server,$(1)),$(B)/gen/pages.inc)
	@mkdir -p $$(@D)
	$$(CC) $$(CFLAGS) -I$(B)/inc/$(1) -Isidecar/$(1) -I$(B)/gen -c -o $$@ $$<
$(B)/lib/$(1).a: $(call obj,sidecar/$(1))
	@mkdir -p $$(@D); rm -f $$@
	ar rcs $$@ $$^
endef
$(foreach r,$(ROOMS),$(eval $(call room_rules,$(r))))

$(B)/shared/%.o: shared/%.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
$(B)/sidecar/main.o: sidecar/main.c $(B)/inc/top/.made $(B)/gen/lua.inc
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -I$(B)/inc/top -I$(B)/gen -c -o $@ $<
$(B)/lib/shared.a: $(call obj,shared)
	@mkdir -p $(@D); rm -f $@
	ar rcs $@ $^

# Text files as C strings: ROW(name, "…") each. Scripts and pages. What a group of scripts shares stands
# in GROUP.head and goes in front of each GROUP_x.lua.
embed = for f in $(1); do n=$${f\#\#*/}; h=$${f%%_*}.head; test -f "$$h" || h=; \
        printf 'ROW(%s,\n' "$$(echo "$${n%.*}" | tr - _)"; \
        sed 's/\\/\\\\/g; s/"/\\"/g; s/^/"/; s/$$/\\n"/' $$h "$$f"; echo ')'; done
$(B)/gen/lua.inc: $(wildcard sidecar/store/lua/*.lua sidecar/store/lua/*.head)
	@mkdir -p $(@D); $(call embed,$(sort $(filter %.lua,$^))) > $@
$(B)/gen/pages.inc: $(wildcard sidecar/server/pages/*)
	@mkdir -p $(@D); $(call embed,$(sort $^)) > $@

libs_for = $(foreach r,$(2) $(1),$(if $(wildcard sidecar/$(r)/*.c),$(B)/lib/$(r).a)) $(B)/lib/shared.a
link     = $(CC) $(LDFLAGS) $(2) -o $(1) $(3) -Wl,--start-group $(4) -Wl,--end-group $(LIBS)

CTL_MAIN := $(B)/sidecar/ctl/main.o $(patsubst %.c,$(B)/%.o,$(wildcard sidecar/ctl/tool_*.c))
$(B)/auth-brokerd: $(B)/sidecar/main.o $(call libs_for,,$(ROOMS))
	$(call link,$@,,$(filter %.o,$^),$(filter %.a,$^))
$(B)/auth-brokerctl: $(CTL_MAIN) $(call libs_for,,base conf) $(B)/lib/shared.a
	$(call link,$@,,$(filter %.o,$^),$(filter %.a,$^))

# ---- the module ------------------------------------------------------------
module: $(B)/ngx_http_auth_broker_module.so  ## build the NGINX module alone
# Configured again only when config, the tree or the list of files changes.
MODULE_SRCS := $(sort $(wildcard ngx_module/*.[ch] shared/ab_*.[ch] shared/*.def))
$(B)/nginx.files: FORCE
	@mkdir -p $(B); printf '%s\n' '$(NGINX_SRC) $(SAN) $(WERROR)' $(MODULE_SRCS) > $@.new; \
	    cmp -s $@.new $@ && rm $@.new || mv $@.new $@
$(B)/nginx/.configured: config $(B)/nginx.files
	rm -rf $(B)/nginx; cp -RL $(NGINX_SRC) $(B)/nginx
	cd $(B)/nginx && $$(test -x configure && echo ./configure || echo auto/configure) \
	    $$(nginx -V 2>&1 | tr ' ' '\n' | grep -xE -e '--with-(compat|debug|pcre-jit|threads|http_[a-z0-9_]*)') \
	    --with-cc-opt='-g -O2 -Werror=implicit-function-declaration $(if $(WERROR),,-Wno-error) $(if $(SAN),-fsanitize=$(SAN) -fno-omit-frame-pointer,$(filter-out -fPIE,$(HARD)))' \
	    --with-ld-opt='$(if $(SAN),-fsanitize=$(SAN),-Wl$(comma)-z$(comma)relro -Wl$(comma)-z$(comma)now)' --add-dynamic-module="$$(realpath -s --relative-to=. "$(CURDIR)")" > configure.log
	@touch $@
$(B)/ngx_http_auth_broker_module.so: $(B)/nginx/.configured $(MODULE_SRCS)
	$(MAKE) -s -C $(B)/nginx -f objs/Makefile modules
	cp $(B)/nginx/objs/ngx_http_auth_broker_module.so $@.new && mv $@.new $@
FORCE:

# ---- tests -----------------------------------------------------------------
define test_rule
$(B)/$(1): $(B)/$(1).o $(if $(filter shared/%,$(1)),,$(call libs_for,$(word 2,$(subst /, ,$(1))),$(below_$(word 2,$(subst /, ,$(1)))))) $(B)/lib/shared.a
	$(call link,$$@,,$$<,$$(filter %.a,$$^)) -lcmocka
endef
$(foreach t,$(TESTS:%.c=%),$(eval $(call test_rule,$(t))))

unit: $(TEST_BIN)  ## unit tests (cmocka)
	@t/lib/run-unit $(TEST_BIN)

# One source, two uses: fuzz_x.c linked with a replay main here, with libFuzzer's by `make fuzz` (FUZZ_MAIN= there).
FUZZ_MAIN = $(B)/t/lib/fuzz_main.o
define fuzz_rule
$(B)/$(1): $(B)/$(1).o $(FUZZ_MAIN) $(if $(filter shared/%,$(1)),,$(call libs_for,$(word 2,$(subst /, ,$(1))),$(below_$(word 2,$(subst /, ,$(1)))))) $(B)/lib/shared.a
	$(call link,$$@,,$$< $(FUZZ_MAIN),$$(filter %.a,$$^))
endef
$(foreach t,$(FUZZERS:%.c=%),$(eval $(call fuzz_rule,$(t))))
$(B)/t/lib/fuzz_main.o: t/lib/fuzz_main.c
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) -c -o $@ $<
fuzz-replay: $(FUZZ_BIN)  ## every fuzz target over its corpus
	@t/lib/run-fuzz-replay $(FUZZ_BIN)
fuzz:  ## fuzz each target for FUZZ_SECONDS (60) with libFuzzer
	@t/lib/run-fuzz $(FUZZERS)

deps:  ## install what building and testing need (apt-get, npm; as root or with sudo)
	@t/lib/deps
test: deps  ## the whole suite; last line 'N passed, M failed'
	@t/lib/run-all
soak: all  ## floods and races in full
	@AB_SOAK=1 t/lib/run-all
san:  ## unit tests and fuzz corpora under address and undefined sanitizers
	$(MAKE) SAN=address,undefined unit fuzz-replay
lint:  ## cppcheck, gcc -fanalyzer, clang-tidy, house rules
	@t/lib/run-lint
coverage:  ## line coverage per folder
	@t/lib/run-coverage
parity: all  ## the compatibility suite against this build (AGAINST=URL asks another server)
	@t/keycloak/run $(if $(AGAINST),--base $(AGAINST))
bench: all  ## ratios of req/s and CPU with and without the module
	@bench/run
threats:  ## ids of the threat list without a test
	@t/lib/run-threats
demo: deps  ## two apps, a realm and a real provider on *.localhost
	@$(MAKE) -s all
	@demo/run

install: all  ## DESTDIR, PREFIX, SYSCONF are honoured
	@DESTDIR=$(DESTDIR) PREFIX=$(PREFIX) SYSCONF=$(SYSCONF) B=$(B) conf.d/install
clean:  ## remove build/
	rm -rf build

-include $(shell test -d $(B) && find $(B) -name '*.d' -not -path '*/nginx/*' 2>/dev/null)
