#include "store_event_kinds.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <numeric>

#include "vedette/base/check.hpp"

namespace vedette::bench {

void RowLayout::build(const std::vector<std::string_view>& names) {
  std::vector<model::FieldId> ids;
  for (const std::string_view name : names) ids.push_back(model::intern(name));
  slots_.resize(ids.size());
  std::iota(slots_.begin(), slots_.end(), std::size_t{0});
  std::sort(slots_.begin(), slots_.end(), [&](std::size_t a, std::size_t b) { return ids[a] < ids[b]; });
  for (const std::size_t slot : slots_) fields_.push_back(ids[slot]);
}

void RowLayout::write(model::BatchBuilder& builder, const std::vector<model::Value>& values) const {
  CHECK(values.size() == fields_.size());
  for (std::size_t i = 0; i < fields_.size(); ++i) builder.add(fields_[i], values[slots_[i]]);
}

void RowWriter::put(Text name, std::initializer_list<Text> texts) {
  const auto items = builder_.arena().allocate_array<model::Value>(texts.size());
  std::size_t at = 0;
  for (const Text text : texts) items[at++] = model::Value::string(copied(text));
  put(name, model::Value::list(items));
}

RowWriter::Text RowWriter::joined(std::initializer_list<Text> parts) {
  std::size_t size = 0;
  for (const Text part : parts) size += part.size();
  char* const to = builder_.arena().allocate(size);
  char* at = to;
  for (const Text part : parts) {
    std::memcpy(at, part.data(), part.size());
    at += part.size();
  }
  return {to, size};
}

RowWriter::Text RowWriter::decimal(std::uint64_t value) {
  char bytes[24];
  const auto end = std::to_chars(bytes, bytes + sizeof bytes, value).ptr;
  return copied({bytes, static_cast<std::size_t>(end - bytes)});
}

RowWriter::Text RowWriter::hex(std::uint64_t seed, std::size_t digits) {
  char* const to = builder_.arena().allocate(digits);
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < digits; ++i, bits >>= 4) {
    if (i % 16 == 0) bits = mix64(seed + i);
    to[i] = "0123456789abcdef"[bits & 15];
  }
  return {to, digits};
}

RowWriter::Text RowWriter::guid(std::uint64_t seed) {
  char* const to = builder_.arena().allocate(38);
  std::memcpy(to, "{xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx}", 38);
  std::uint64_t bits = mix64(seed);
  for (int i = 1; i < 37; ++i) {
    if (i == 19) bits = mix64(seed + 1);
    if (to[i] == '-') continue;
    to[i] = "0123456789ABCDEF"[bits & 15];
    bits >>= 4;
  }
  return {to, 38};
}

RowWriter::Text RowWriter::filled(Text pattern) {
  char* const to = builder_.arena().allocate(pattern.size());
  std::uint64_t digits = random_->next();
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    to[i] = pattern[i];
    if (pattern[i] != '#') continue;
    to[i] = static_cast<char>('0' + digits % 10);
    digits = digits / 10 ? digits / 10 : random_->next();
  }
  return {to, pattern.size()};
}

void RowWriter::write(EventKind kind, const RowFacts& facts, Random& random) {
  facts_ = &facts;
  random_ = &random;
  const std::uint32_t host = facts.host == RowFacts::kAny ? pools_.host_rank.draw(random) : facts.host;
  host_ = &pools_.hosts[host];
  // Most of what a host does is done by its own user.
  const std::uint32_t user = random.below(10) < 8
                                 ? static_cast<std::uint32_t>(mix64(host) % StorePools::kUsers)
                                 : pools_.user_rank.draw(random);
  user_ = &pools_.users[user];
  user_name_ = facts.user.empty() ? Text(user_->name) : facts.user;
  const std::uint32_t image = pools_.process_rank.draw(random);
  image_ = &pools_.processes[image];
  process_seed_ =
      mix64(pools_.seed ^ (std::uint64_t{host} << 40) ^ (std::uint64_t{image} << 24) ^ (facts.row >> 16));
  values_.clear();
  names_.clear();
  RowLayout& layout = layouts_[static_cast<std::size_t>(kind)];
  naming_ = layout.empty();
  builder_.begin_row(facts.row + 1);
  builder_.set_time(facts.time);
  fill(kind);
  if (naming_) layout.build(names_);
  layout.write(builder_, values_);
  builder_.end_row();
}

void RowWriter::fill(EventKind kind) {
  switch (kind) {
    case EventKind::process:
      return process();
    case EventKind::connection:
      return connection();
    case EventKind::registry:
      return registry();
    case EventKind::file:
      return file();
    case EventKind::logon:
      return logon();
    case EventKind::ssh:
      return ssh();
    case EventKind::web:
      return web();
    case EventKind::dns:
      return dns();
    case EventKind::firewall:
      return firewall();
    case EventKind::cloud:
      return cloud();
  }
}

void RowWriter::windows_head(std::int64_t code, Text provider, Text channel, Text dataset,
                             std::uint64_t record) {
  put("event.code", decimal(static_cast<std::uint64_t>(code)));
  put("event.dataset", dataset);
  put("event.kind", "event");
  put("event.module", "windows");
  put("event.provider", provider);
  put("host.name", host_->computer);
  put("host.os.type", "windows");
  put("log.level", "info");
  put("related.hosts", {host_->computer});
  put("related.user", {user_name_});
  put("user.domain", "CORP");
  put("user.name", user_name_);
  put("winlog.channel", channel);
  put("winlog.computer_name", host_->computer);
  put("winlog.event_id", code);
  put("winlog.record_id", static_cast<std::int64_t>(record));
  put("winlog.task", code);
}

void RowWriter::sysmon_head(std::int64_t code, Text action, Text category, Text type) {
  windows_head(code, "Microsoft-Windows-Sysmon", "Microsoft-Windows-Sysmon/Operational",
               "windows.sysmon_operational", 1'000'000 + facts_->row / 4);
  const Text entity = guid(process_seed_);
  const std::uint64_t pid = 1000 + process_seed_ % 5000 * 4;
  put("event.action", action);
  put("event.category", {category});
  put("event.type", {type});
  put("process.entity_id", entity);
  put("process.executable", image_->path);
  put("process.name", image_->name);
  put("process.pid", static_cast<std::int64_t>(pid));
  put("winlog.event_data.Image", image_->path);
  put("winlog.event_data.ProcessGuid", entity);
  put("winlog.event_data.ProcessId", decimal(pid));
  put("winlog.event_data.User", joined({"CORP\\", user_name_}));
}

void RowWriter::process() {
  process_seed_ = mix64(process_seed_ + facts_->row);
  sysmon_head(1, "process-creation", "process", "start");
  const ProcessImage& parent = pools_.processes[pools_.process_rank.draw(*random_)];
  const Text command = facts_->command_line.empty()
                           ? joined({"\"", image_->path, "\"", filled(image_->arguments[below(3)])})
                           : facts_->command_line;
  const Text sha256 = facts_->sha256.empty() ? Text(image_->sha256) : facts_->sha256;
  put("process.command_line", command);
  put("process.hash.md5", image_->md5);
  put("process.hash.sha256", sha256);
  put("process.parent.executable", parent.path);
  put("process.parent.name", parent.name);
  put("process.parent.entity_id", guid(mix64(process_seed_)));
  put("process.pe.imphash", image_->imphash);
  put("process.pe.company", image_->company);
  put("related.hash", {image_->md5, sha256});
  put("winlog.event_data.CommandLine", command);
  put("winlog.event_data.Hashes", joined({"MD5=", image_->md5, ",SHA256=", sha256}));
  put("winlog.event_data.IntegrityLevel", below(10) < 7 ? "Medium" : "System");
  put("winlog.event_data.ParentImage", parent.path);
}

void RowWriter::connection() {
  sysmon_head(3, "network-connection", "network", "start");
  const Text to = address();
  const std::int64_t port = below(10) < 7 ? 443 : below(3) == 0 ? 80 : 1024 + below(60'000);
  const std::uint32_t from_port = 49'152 + below(16'000);
  put("destination.domain", pools_.domains[pools_.domain_rank.draw(*random_)]);
  put("destination.ip", to);
  put("destination.port", port);
  put("network.direction", "egress");
  put("network.transport", "tcp");
  put("network.type", "ipv4");
  put("related.ip", {host_->ip, to});
  put("source.ip", host_->ip);
  put("source.port", std::int64_t{from_port});
  put("winlog.event_data.DestinationIp", to);
  put("winlog.event_data.DestinationPort", decimal(static_cast<std::uint64_t>(port)));
  put("winlog.event_data.SourceIp", host_->ip);
  put("winlog.event_data.SourcePort", decimal(from_port));
}

void RowWriter::registry() {
  sysmon_head(13, "registry-value-set", "configuration", "change");
  const Text key = joined({user_->sid, "\\", pools_.registry_keys[pools_.key_rank.draw(*random_)]});
  const Text value = filled("Value##");
  const Text path = joined({"HKU\\", key, "\\", value});
  put("registry.data.type", "SZ_DWORD");
  put("registry.hive", "HKU");
  put("registry.key", key);
  put("registry.path", path);
  put("registry.value", value);
  put("winlog.event_data.Details", filled("DWORD (0x000####)"));
  put("winlog.event_data.TargetObject", path);
}

void RowWriter::file() {
  sysmon_head(11, "file-create", "file", "creation");
  const Text directory = joined({"C:\\Users\\", user_name_, "\\"});
  const Text path = joined({directory, pools_.file_names[pools_.key_rank.draw(*random_)], filled(".######")});
  put("file.directory", directory);
  put("file.extension", "tmp");
  put("file.path", path);
  put("winlog.event_data.TargetFilename", path);
}

void RowWriter::logon() {
  const bool failed = facts_->user.empty() && below(12) == 0;
  windows_head(failed ? 4625 : 4624, "Microsoft-Windows-Security-Auditing", "Security", "windows.security",
               5'000'000 + facts_->row / 8);
  const Host& from = pools_.hosts[pools_.host_rank.draw(*random_)];
  const Text logon_id = joined({"0x", hex(random_->next(), 7)});
  put("event.action", failed ? "logon-failed" : "logged-in");
  put("event.category", {"authentication"});
  put("event.outcome", failed ? "failure" : "success");
  put("event.type", {"start"});
  put("message", joined({failed ? "An account failed to log on. Account Name: "
                                : "An account was successfully logged on. Account Name: ",
                         user_name_, " Account Domain: CORP Logon ID: ", logon_id,
                         " Workstation Name: ", from.name, " Source Network Address: ", from.ip}));
  put("related.ip", {from.ip});
  put("source.domain", from.computer);
  put("source.ip", from.ip);
  put("source.port", std::int64_t{49'152 + below(16'000)});
  put("user.id", user_->sid);
  put("winlog.event_data.AuthenticationPackageName", below(4) == 0 ? "NTLM" : "Kerberos");
  put("winlog.event_data.IpAddress", from.ip);
  put("winlog.event_data.TargetUserName", user_name_);
  put("winlog.event_data.TargetUserSid", user_->sid);
  put("winlog.logon.id", logon_id);
  put("winlog.logon.type", below(3) == 0 ? "RemoteInteractive" : "Network");
}

void RowWriter::ssh() {
  const std::uint32_t draw = below(10);
  const bool sudo = draw < 3, failed = draw == 9;
  const Text from = failed ? address() : Text(pools_.hosts[pools_.host_rank.draw(*random_)].ip);
  const Text port = decimal(32'768 + below(28'000)), pid = decimal(1000 + below(60'000));
  const Text message =
      sudo ? joined({user_name_, " : TTY=pts/0 ; PWD=/home/", user_name_,
                     " ; USER=root ; COMMAND=/usr/bin/systemctl restart ", filled("unit-##"), ".service"})
           : joined({failed ? "Failed password for " : "Accepted publickey for ", user_name_, " from ", from,
                     " port ", port, " ssh2: ED25519 SHA256:", hex(mix64(process_seed_), 43)});
  const Text service = sudo ? "sudo" : "sshd";
  put("event.action", sudo ? "sudo" : failed ? "ssh_failed" : "ssh_login");
  put("event.category", {"authentication"});
  put("event.dataset", "linux.auth");
  put("event.kind", "event");
  put("event.module", "linux");
  put("event.original", joined({"<86>", host_->name, " ", service, "[", pid, "]: ", message}));
  put("event.outcome", failed ? "failure" : "success");
  put("event.type", {"start"});
  put("host.name", host_->name);
  put("host.hostname", host_->name);
  put("host.os.type", "linux");
  put("log.file.path", "/var/log/auth.log");
  put("log.syslog.facility.code", std::int64_t{10});
  put("log.syslog.severity.code", std::int64_t{6});
  put("log.syslog.appname", service);
  put("message", message);
  put("process.name", service);
  put("process.pid", std::int64_t{1000} + below(60'000));
  put("related.hosts", {host_->name});
  put("related.ip", {from});
  put("related.user", {user_name_});
  put("source.ip", from);
  put("user.name", user_name_);
}

void RowWriter::web() {
  static constexpr std::array<std::int64_t, 16> kCodes = {200, 200, 200, 200, 200, 200, 200, 200,
                                                          200, 200, 304, 304, 302, 404, 403, 500};
  static constexpr std::array<Text, 6> kMethods = {"GET", "GET", "GET", "GET", "POST", "HEAD"};
  const std::int64_t code = kCodes[below(16)], bytes = 200 + below(60'000);
  const Text method = kMethods[below(6)], from = address();
  const Text path = pools_.paths[pools_.path_rank.draw(*random_)];
  const Text query = filled("id=######&page=#");
  const Text agent = pools_.agents[pools_.agent_rank.draw(*random_)];
  const Text url = joined({path, "?", query});
  const Text referrer = joined({"https://", pools_.domains[pools_.domain_rank.draw(*random_)], "/"});
  put("event.category", {"web"});
  put("event.dataset", "nginx.access");
  put("event.kind", "event");
  put("event.module", "nginx");
  put("event.original",
      joined({from, " - - \"", method, " ", url, " HTTP/1.1\" ", decimal(static_cast<std::uint64_t>(code)),
              " ", decimal(static_cast<std::uint64_t>(bytes)), " \"", referrer, "\" \"", agent, "\""}));
  put("event.outcome", code < 400 ? "success" : "failure");
  put("event.type", {"access"});
  put("host.name", host_->name);
  put("http.request.method", method);
  put("http.request.referrer", referrer);
  put("http.response.body.bytes", bytes);
  put("http.response.status_code", code);
  put("http.version", "1.1");
  put("log.file.path", "/var/log/nginx/access.log");
  put("related.ip", {from});
  put("source.address", from);
  put("source.ip", from);
  put("url.original", url);
  put("url.path", path);
  put("url.query", query);
  put("user_agent.original", agent);
}

void RowWriter::dns() {
  const Text domain =
      facts_->domain.empty() ? Text(pools_.domains[pools_.domain_rank.draw(*random_)]) : facts_->domain;
  const Text answer = address(), id = joined({"C", hex(random_->next(), 17)});
  const std::int64_t port = 1024 + below(60'000);
  put("destination.ip", "10.20.0.53");
  put("destination.port", std::int64_t{53});
  put("dns.answers.data", {answer});
  put("dns.id", decimal(below(65'536)));
  put("dns.question.class", "IN");
  put("dns.question.name", domain);
  put("dns.question.type", below(5) == 0 ? "AAAA" : "A");
  put("dns.resolved_ip", {answer});
  put("dns.response_code", below(20) == 0 ? "NXDOMAIN" : "NOERROR");
  put("dns.type", "answer");
  put("event.category", {"network"});
  put("event.dataset", "zeek.dns");
  put("event.duration", std::int64_t{1000} * (200 + below(80'000)));
  put("event.id", id);
  put("event.kind", "event");
  put("event.module", "zeek");
  put("event.type", {"connection", "protocol", "info"});
  put("network.community_id", joined({"1:", hex(random_->next(), 27), "="}));
  put("network.protocol", "dns");
  put("network.transport", "udp");
  put("observer.name", "zeek-01");
  put("related.hosts", {domain});
  put("related.ip", {host_->ip, "10.20.0.53", answer});
  put("source.ip", host_->ip);
  put("source.port", port);
  put("zeek.session_id", id);
  put("zeek.dns.AA", model::Value::boolean(false));
  put("zeek.dns.rejected", model::Value::boolean(false));
}

void RowWriter::firewall() {
  const bool denied = below(5) == 0;
  const Text to = facts_->destination.empty() ? address() : facts_->destination;
  const std::int64_t port = below(4) == 0 ? 1 + below(65'000) : 443, from_port = 1024 + below(60'000);
  const std::int64_t in = denied ? 0 : 60 + below(2'000'000), out = denied ? 60 : 60 + below(90'000);
  const Text action = denied ? "deny" : "accept", session = decimal(random_->next() % 100'000'000);
  put("destination.bytes", in);
  put("destination.ip", to);
  put("destination.port", port);
  put("event.action", action);
  put("event.category", {"network"});
  put("event.dataset", "fortinet.firewall");
  put("event.kind", "event");
  put("event.module", "fortinet");
  put("event.outcome", denied ? "failure" : "success");
  put("event.type", {"connection"});
  put("message", joined({"type=traffic subtype=forward srcip=", host_->ip,
                         " srcport=", decimal(static_cast<std::uint64_t>(from_port)), " dstip=", to,
                         " dstport=", decimal(static_cast<std::uint64_t>(port)), " sessionid=", session,
                         " action=", action, " policyid=", decimal(1 + below(60)),
                         " rcvdbyte=", decimal(static_cast<std::uint64_t>(in)),
                         " sentbyte=", decimal(static_cast<std::uint64_t>(out))}));
  put("network.bytes", in + out);
  put("network.direction", "outbound");
  put("network.transport", below(4) == 0 ? "udp" : "tcp");
  put("observer.name", "fw-edge-01");
  put("observer.product", "FortiGate");
  put("observer.vendor", "Fortinet");
  put("related.ip", {host_->ip, to});
  put("related.user", {user_name_});
  put("rule.id", decimal(1 + below(60)));
  put("source.bytes", out);
  put("source.ip", host_->ip);
  put("source.port", from_port);
  put("source.user.name", user_name_);
}

void RowWriter::cloud() {
  static constexpr std::array<Text, 8> kActions = {"AssumeRole",     "DescribeInstances", "GetObject",
                                                   "PutObject",      "ListBuckets",       "CreateUser",
                                                   "GetSecretValue", "RunInstances"};
  const Text action = kActions[below(8)], from = address();
  const bool failed = below(15) == 0;
  put("aws.cloudtrail.event_type", "AwsApiCall");
  put("aws.cloudtrail.request_id", hex(random_->next(), 32));
  put("aws.cloudtrail.user_identity.arn", joined({"arn:aws:iam::123456789012:user/", user_name_}));
  put("aws.cloudtrail.user_identity.access_key_id",
      joined({"AKIA", hex(mix64(host_->ip.size() + process_seed_ % 4000), 16)}));
  put("aws.cloudtrail.user_identity.type", "IAMUser");
  put("cloud.account.id", "123456789012");
  put("cloud.provider", "aws");
  put("cloud.region", below(3) == 0 ? "us-east-1" : "eu-central-1");
  put("event.action", action);
  put("event.category", {"iam"});
  put("event.dataset", "aws.cloudtrail");
  put("event.id", guid(random_->next()));
  put("event.kind", "event");
  put("event.module", "aws");
  put("event.outcome", failed ? "failure" : "success");
  put("event.provider", below(2) == 0 ? "ec2.amazonaws.com" : "s3.amazonaws.com");
  put("event.type", {"info"});
  put("related.ip", {from});
  put("related.user", {user_name_});
  put("source.address", from);
  put("source.ip", from);
  put("user.name", user_name_);
  put("user_agent.original", pools_.agents[pools_.agent_rank.draw(*random_)]);
}

}  // namespace vedette::bench
