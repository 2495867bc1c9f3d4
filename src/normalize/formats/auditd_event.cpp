#include "formats/auditd_event.hpp"

#include <algorithm>
#include <unordered_map>

#include "formats/auditd_names.hpp"
#include "vedette/base/ip.hpp"

namespace vedette::normalize::auditd {

// What is done with the value of a key. Down to `data` they are texts, hexadecimal if not quoted.
enum class EventWriter::Key : std::uint8_t {
  exe,
  comm,
  cwd,
  name,
  proctitle,
  account,
  command,
  data,
  plain,
  arch,
  syscall,
  success,
  result,
  pid,
  ppid,
  uid,
  auid,
  euid,
  gid,
  id,
  address,
  hostname,
  unit,
  keys,
  socket,
  apparmor,
  nametype,
  inode,
  mode,
  owner,
  owner_group,
  laddr,
  lport,
  rport,
  // Names that auditd adds (log_format = ENRICHED).
  arch_name,
  syscall_name,
  uid_name,
  auid_name,
  euid_name,
  gid_name,
  id_name,
};

namespace {

namespace field = model::field;
using model::Value;

constexpr std::size_t kMaxArgumentFields = 64;  // a0 ... a63 are fields of their own; process.args has all
constexpr std::size_t kMaxArguments = 8192;

bool is_hex(std::string_view text) {
  return !text.empty() && text.size() % 2 == 0 &&
         std::all_of(text.begin(), text.end(), [](char c) { return base::hex_digit(c) >= 0; });
}

std::string_view decode_hex(std::string_view text, Row& row) {
  char* to = row.arena().allocate(text.size() / 2);
  for (std::size_t i = 0; i + 1 < text.size(); i += 2) {
    to[i / 2] = static_cast<char>(base::hex_digit(text[i]) * 16 + base::hex_digit(text[i + 1]));
  }
  return {to, text.size() / 2};
}

std::string_view text_of(const Pair& pair, Row& row) {
  return !pair.quoted && is_hex(pair.value) ? decode_hex(pair.value, row) : pair.value;
}

// Arguments are parted by zero bytes.
std::string_view zeros_to_blanks(std::string_view text, Row& row) {
  while (text.ends_with('\0')) text.remove_suffix(1);
  if (text.find('\0') == text.npos) return text;
  char* to = row.arena().allocate(text.size());
  std::replace_copy(text.begin(), text.end(), to, '\0', ' ');
  return {to, text.size()};
}

}  // namespace

bool is_absent(std::string_view text) {
  return text.empty() || text == "?" || text == "(null)" || text == "(none)";
}

void Facts::clear() {
  std::vector<PathItem> kept_paths = std::move(paths);
  std::vector<std::string_view> kept_arguments = std::move(arguments);
  kept_paths.clear();
  kept_arguments.clear();
  *this = Facts{};
  paths = std::move(kept_paths);
  arguments = std::move(kept_arguments);
}

const EventWriter::KeyInfo* EventWriter::find_key(std::string_view name) {
  static const auto known = [] {
    std::unordered_map<std::string_view, KeyInfo> map;
    const std::pair<std::string_view, Key> keys[] = {{"exe", Key::exe},
                                                     {"comm", Key::comm},
                                                     {"cwd", Key::cwd},
                                                     {"name", Key::name},
                                                     {"proctitle", Key::proctitle},
                                                     {"acct", Key::account},
                                                     {"cmd", Key::command},
                                                     {"data", Key::data},
                                                     {"path", Key::data},
                                                     {"file", Key::data},
                                                     {"dir", Key::data},
                                                     {"vm", Key::data},
                                                     {"device", Key::data},
                                                     {"watch", Key::data},
                                                     {"ocomm", Key::data},
                                                     {"grp", Key::data},
                                                     {"new_group", Key::data},
                                                     {"invalid_context", Key::data},
                                                     {"arch", Key::arch},
                                                     {"syscall", Key::syscall},
                                                     {"success", Key::success},
                                                     {"res", Key::result},
                                                     {"result", Key::result},
                                                     {"pid", Key::pid},
                                                     {"ppid", Key::ppid},
                                                     {"uid", Key::uid},
                                                     {"auid", Key::auid},
                                                     {"euid", Key::euid},
                                                     {"gid", Key::gid},
                                                     {"id", Key::id},
                                                     {"addr", Key::address},
                                                     {"hostname", Key::hostname},
                                                     {"unit", Key::unit},
                                                     {"key", Key::keys},
                                                     {"saddr", Key::socket},
                                                     {"nametype", Key::nametype},
                                                     {"inode", Key::inode},
                                                     {"mode", Key::mode},
                                                     {"ouid", Key::owner},
                                                     {"ogid", Key::owner_group},
                                                     {"laddr", Key::laddr},
                                                     {"lport", Key::lport},
                                                     {"rport", Key::rport},
                                                     {"ARCH", Key::arch_name},
                                                     {"SYSCALL", Key::syscall_name},
                                                     {"UID", Key::uid_name},
                                                     {"AUID", Key::auid_name},
                                                     {"EUID", Key::euid_name},
                                                     {"GID", Key::gid_name},
                                                     {"ID", Key::id_name},
                                                     {"apparmor", Key::apparmor}};
    for (const auto& [key_name, key] : keys) map[key_name] = {model::intern(key_name), key};
    for (const std::string_view plain :
         {"suid",        "fsuid", "egid", "sgid",  "fsgid",  "tty",      "ses",      "items",
          "exit",        "item",  "dev",  "rdev",  "cap_fp", "cap_fi",   "cap_fe",   "cap_fver",
          "cap_frootid", "subj",  "obj",  "argc",  "op",     "terminal", "grantors", "SUID",
          "FSUID",       "EGID",  "SGID", "FSGID", "OUID",   "OGID"}) {
      map[plain] = {model::intern(plain), Key::plain};
    }
    return map;
  }();
  const auto found = known.find(name);
  return found == known.end() ? nullptr : &found->second;
}

EventWriter::EventWriter() {
  for (std::size_t i = 0; i < kMaxArgumentFields; ++i) {
    argument_ids_.push_back(model::intern("a" + std::to_string(i)));
  }
  for (std::size_t i = 0; i < 4; ++i) {
    syscall_argument_ids_.push_back(model::intern("auditd.syscall.a" + std::to_string(i)));
  }
}

void EventWriter::write(std::span<const Record> records, Row& row) {
  facts_.clear();
  seen_types_.clear();
  syscall_number_ = {};
  chunk_open_ = has_syscall_name_ = false;
  has_execve_ =
      std::any_of(records.begin(), records.end(), [](const Record& r) { return r.type == "EXECVE"; });

  const Record& first = records.front();
  row.dataset("auditd", "auditd.log");
  row.ref(field::event_kind, "event");
  row.time(first.time);
  row.add(fields_.event_sequence, Value::integer(static_cast<std::int64_t>(first.serial)));
  if (!first.node.empty()) {
    row.ref(field::host_name, first.node);
    row.ref(field::host_hostname, first.node);
  }
  facts_.type = first.type;
  for (const Record& record : records) write_record(record, row);
  finish_syscall(row);
  finish_arguments(row);
  add_ecs(facts_, row);
}

void EventWriter::write_record(const Record& record, Row& row) {
  if (std::find(seen_types_.begin(), seen_types_.end(), record.type) == seen_types_.end()) {
    row.ref(fields_.audit_type, record.type);
    if (seen_types_.size() < 64) seen_types_.push_back(record.type);
  }
  if (record.type == "PATH") facts_.paths.emplace_back();
  if (record.type == "AVC" || record.type == "USER_AVC") write_access_vector(record, row);
  Pairs pairs(record.body);
  for (Pair pair; pairs.next(pair);) write_pair(record, pair, row);
  finish_chunks(row);
}

// "avc:  denied  { read write } for ..."
void EventWriter::write_access_vector(const Record& record, Row& row) {
  const auto open = record.body.find("{ ");
  if (open == record.body.npos) return;
  const auto close = record.body.find(" }", open);
  if (close == record.body.npos || close < open + 2) return;
  const bool denied = record.body.substr(0, open).find("denied") != record.body.npos;
  row.ref(fields_.audit_seresult, denied ? "denied" : "granted");
  facts_.result = denied ? "failed" : "success";
  for (std::string_view rest = record.body.substr(open + 2, close - open - 2); !rest.empty();) {
    const auto blank = rest.find(' ');
    if (blank != 0) row.ref(fields_.audit_seperms, rest.substr(0, blank));
    rest = blank == rest.npos ? std::string_view{} : rest.substr(blank + 1);
  }
}

void EventWriter::write_pair(const Record& record, const Pair& pair, Row& row) {
  const bool argument = pair.key.size() > 1 && pair.key[0] == 'a' && base::is_digit(pair.key[1]);
  if (argument && record.type == "EXECVE") return write_execve_argument(pair, row);
  if (argument && has_execve_ && pair.key.size() == 2 && pair.key[1] < '4') {
    return row.ref(syscall_argument_ids_[static_cast<std::size_t>(pair.key[1] - '0')], pair.value);
  }
  const KeyInfo* info = argument ? nullptr : find_key(pair.key);
  if (!info) {
    if (pair.value != "(null)") row.ref(pair.key, pair.value);
  } else if (info->key <= Key::data) {
    write_text(*info, pair, row);
  } else if (info->key == Key::keys) {
    write_keys(info->id, pair, row);
  } else if (pair.value != "(null)") {
    write_plain(*info, pair.value, row);
  }
}

void EventWriter::write_text(const KeyInfo& info, const Pair& pair, Row& row) {
  if (!pair.quoted && pair.value == "(null)") return;
  std::string_view text = text_of(pair, row);
  const bool absent = !pair.quoted && is_absent(pair.value);
  if (info.key == Key::proctitle || info.key == Key::command) text = zeros_to_blanks(text, row);
  row.ref(info.id, text);
  if (absent) return;
  switch (info.key) {
    case Key::exe:
      facts_.exe = text;
      break;
    case Key::comm:
      facts_.comm = text;
      break;
    case Key::cwd:
      facts_.cwd = text;
      break;
    case Key::proctitle:
      facts_.title = text;
      break;
    case Key::account:
      facts_.account = text;
      break;
    case Key::command:
      facts_.command = text;
      break;
    case Key::name:
      if (!facts_.paths.empty()) facts_.paths.back().name = text;
      break;
    default:
      break;
  }
}

void EventWriter::write_plain(const KeyInfo& info, std::string_view value, Row& row) {
  Facts& f = facts_;
  Facts::PathItem none;
  Facts::PathItem& path = f.paths.empty() ? none : f.paths.back();
  switch (info.key) {
    case Key::syscall:
      syscall_number_ = value;
      return;  // written by name when the architecture is known
    case Key::arch: {
      const auto code = base::parse_uint(value, 16);
      const std::string_view name = code ? arch_name(*code) : std::string_view{};
      f.arch = name.empty() ? value : name;
      row.ref(info.id, f.arch);
      return;
    }
    case Key::syscall_name:
      f.syscall = value;
      has_syscall_name_ = true;
      break;
    case Key::success:
      f.success = value;
      break;
    case Key::result:
      f.result = value;
      break;
    case Key::pid:
      f.pid = value;
      break;
    case Key::ppid:
      f.ppid = value;
      break;
    case Key::uid:
      f.uid = value;
      break;
    case Key::auid:
      f.auid = value;
      break;
    case Key::euid:
      f.euid = value;
      break;
    case Key::gid:
      f.gid = value;
      break;
    case Key::id:
      f.id = value;
      break;
    case Key::address:
      f.address = value;
      break;
    case Key::hostname:
      f.hostname = value;
      break;
    case Key::unit:
      f.unit = value;
      break;
    case Key::socket:
      write_socket(value, row);
      break;
    case Key::nametype:
      path.nametype = value;
      break;
    case Key::inode:
      path.inode = value;
      break;
    case Key::mode:
      path.mode = value;
      break;
    case Key::owner:
      path.uid = value;
      break;
    case Key::owner_group:
      path.gid = value;
      break;
    case Key::laddr:
      f.laddr = value;
      break;
    case Key::lport:
      f.lport = value;
      break;
    case Key::rport:
      f.rport = value;
      break;
    case Key::uid_name:
      f.uid_name = value;
      break;
    case Key::auid_name:
      f.auid_name = value;
      break;
    case Key::euid_name:
      f.euid_name = value;
      break;
    case Key::gid_name:
      f.gid_name = value;
      break;
    case Key::id_name:
      f.id_name = value;
      break;
    case Key::apparmor:
      f.result = value == "DENIED" ? "failed" : "success";
      break;
    default:
      break;
  }
  row.ref(info.id, value);
}

// One key, or several in hexadecimal, parted by 0x01.
void EventWriter::write_keys(model::FieldId id, const Pair& pair, Row& row) {
  if (!pair.quoted && is_absent(pair.value)) return;
  for (std::string_view rest = text_of(pair, row); !rest.empty();) {
    const auto end = rest.find('\x01');
    if (end != 0) row.ref(id, rest.substr(0, end));
    rest = end == rest.npos ? std::string_view{} : rest.substr(end + 1);
  }
}

// a0="cat", a1=2F746D70, a2_len=9000 a2[0]=... a2[1]=...
void EventWriter::write_execve_argument(const Pair& pair, Row& row) {
  Scan scan(pair.key.substr(1));
  const auto number = scan.digits(7);
  if (!number || scan.peek() == '_') return;  // a2_len
  const std::string_view text = text_of(pair, row);
  if (scan.peek() == '[') {
    if (!chunk_open_ || chunk_argument_ != *number) finish_chunks(row);
    chunk_open_ = true;
    chunk_argument_ = *number;
    chunk_.append(text);
    return;
  }
  finish_chunks(row);
  if (facts_.arguments.size() < kMaxArguments) facts_.arguments.push_back(text);
  if (*number < kMaxArgumentFields) row.ref(argument_ids_[*number], text);
}

void EventWriter::finish_chunks(Row& row) {
  if (!chunk_open_) return;
  const std::string_view text = row.arena().copy(chunk_);
  if (facts_.arguments.size() < kMaxArguments) facts_.arguments.push_back(text);
  if (chunk_argument_ < kMaxArgumentFields) row.ref(argument_ids_[chunk_argument_], text);
  chunk_.clear();
  chunk_open_ = false;
}

// struct sockaddr in hexadecimal; the family is in the order of the machine, which is little-endian on all
// but a few.
void EventWriter::write_socket(std::string_view hex, Row& row) {
  if (!is_hex(hex) || hex.size() < 4) return;
  const std::string_view bytes = decode_hex(hex, row);
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  const unsigned family = byte(0) ? byte(0) : byte(1);
  if (family == 1) {
    row.ref(fields_.audit_socket_family, "unix");
    std::string_view path = bytes.substr(2);
    const bool abstract = path.starts_with('\0');
    if (abstract) path.remove_prefix(1);
    path = path.substr(0, path.find('\0'));
    if (!path.empty()) row.ref(fields_.audit_socket_path, path);
  } else if ((family == 2 && bytes.size() >= 8) || (family == 10 && bytes.size() >= 24)) {
    base::IpAddress address;
    if (family == 2) {
      address.bytes[10] = address.bytes[11] = 0xff;
      for (std::size_t i = 0; i < 4; ++i) address.bytes[12 + i] = byte(4 + i);
    } else {
      for (std::size_t i = 0; i < 16; ++i) address.bytes[i] = byte(8 + i);
    }
    facts_.socket_ip = row.arena().copy(address.to_string());
    facts_.socket_port = byte(2) * 256 + byte(3);
    row.ref(fields_.audit_socket_family, family == 2 ? "ipv4" : "ipv6");
    row.ref(fields_.audit_socket_ip, facts_.socket_ip);
    row.add(fields_.audit_socket_port, Value::integer(facts_.socket_port));
  } else if (family == 16) {
    row.ref(fields_.audit_socket_family, "netlink");
  }
}

void EventWriter::finish_syscall(Row& row) {
  if (syscall_number_.empty()) return;
  std::int64_t number = 0;
  if (canonical_integer(syscall_number_, number))
    row.add(fields_.audit_syscall_number, Value::integer(number));
  std::string_view name = facts_.syscall;
  if (name.empty()) name = number >= 0 ? syscall_name(facts_.arch, static_cast<std::uint64_t>(number)) : "";
  if (name.empty()) name = syscall_number_;  // or a name already, as ausearch -i writes
  facts_.syscall = name;
  row.ref(fields_.audit_syscall, name);
  if (!has_syscall_name_) row.ref(fields_.audit_syscall_name, name);
}

void EventWriter::finish_arguments(Row& row) {
  const auto& arguments = facts_.arguments;
  if (arguments.empty()) return;
  const auto items = row.arena().allocate_array<Value>(arguments.size());
  std::size_t size = arguments.size();
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    items[i] = Value::string(arguments[i]);
    size += arguments[i].size();
  }
  row.add(field::process_args, Value::list(items));
  row.add(fields_.process_args_count, Value::integer(static_cast<std::int64_t>(arguments.size())));
  char* to = row.arena().allocate(size);
  char* end = to;
  for (const std::string_view argument : arguments) {
    if (end != to) *end++ = ' ';
    end = std::copy(argument.begin(), argument.end(), end);
  }
  facts_.command = {to, static_cast<std::size_t>(end - to)};
}

}  // namespace vedette::normalize::auditd
