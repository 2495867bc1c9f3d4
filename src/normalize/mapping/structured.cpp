#include "mapping/structured.hpp"

#include "mapping/convert.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {

using model::Value;

namespace {

using Parts = std::span<const Target>;

constexpr PartName kHashes[] = {{".md5"},    {".sha1"},   {".sha256"},
                                {".sha384"}, {".sha512"}, {".pe.imphash", true}};
constexpr PartName kDomainUser[] = {{".domain"}, {".name"}};
constexpr PartName kCommandLine[] = {{".command_line"}, {".args"}, {".args_count"}};
constexpr PartName kRegistryKey[] = {{".path"}, {".hive"}, {".key"}};
constexpr PartName kRegistryValue[] = {{".path"}, {".hive"}, {".key"}, {".value"}};
constexpr PartName kUrl[] = {{".original"}, {".full"}, {".scheme"}, {".username"}, {".domain"},
                             {".port"},     {".path"}, {".query"},  {".fragment"}, {".extension"}};
constexpr PartName kDns[] = {{".answers.data"}, {".answers.type"}, {".resolved_ip"}};
constexpr PartName kPath[] = {{".path"}, {".name"}, {".directory"}, {".extension"}, {".drive_letter"}};
constexpr PartName kAddress[] = {{".address"}, {".ip"}, {".domain"}, {".port"}};

int hash_part(std::string_view name, std::size_t digits) {
  if (name.size() == 3 && digits == 32 && base::equals_ignore_case_ascii(name, "MD5")) return part::md5;
  if (name.size() == 7 && digits == 32 && base::equals_ignore_case_ascii(name, "IMPHASH"))
    return part::imphash;
  if (!base::starts_with_ignore_case_ascii(name, "SHA")) return -1;
  switch (digits) {
    case 40:
      return part::sha1;
    case 64:
      return part::sha256;
    case 96:
      return part::sha384;
    case 128:
      return part::sha512;
    default:
      return -1;
  }
}

int hash_part_of_length(std::size_t digits) {
  switch (digits) {
    case 32:
      return part::md5;
    case 40:
      return part::sha1;
    case 64:
      return part::sha256;
    case 96:
      return part::sha384;
    case 128:
      return part::sha512;
    default:
      return -1;
  }
}

bool is_hex(std::string_view text) {
  for (const char c : text) {
    const char lower = base::ascii_lower(c);
    if (!base::is_digit(c) && (lower < 'a' || lower > 'f')) return false;
  }
  return true;
}

void write_hash(int which, std::string_view digits, Parts parts, TargetWriter& writer) {
  if (which < 0 || digits.empty() || !writer.wanted(parts[static_cast<std::size_t>(which)])) return;
  writer.write_text(parts[static_cast<std::size_t>(which)], lower_in(writer.arena(), digits));
}

void write_hashes(std::string_view text, Parts parts, TargetWriter& writer) {
  while (!text.empty()) {
    const std::size_t end = find_any<',', ';', ' '>(text);
    const std::string_view one = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    const std::size_t equals = find_any<'=', ':'>(one);
    if (equals != std::string_view::npos) {
      write_hash(hash_part(one.substr(0, equals), one.size() - equals - 1), one.substr(equals + 1), parts,
                 writer);
    } else if (is_hex(one)) {
      write_hash(hash_part_of_length(one.size()), one, parts, writer);
    }
  }
}

void write_domain_user(std::string_view text, Parts parts, TargetWriter& writer) {
  const std::size_t slash = text.find('\\');
  if (slash != std::string_view::npos) {
    writer.write_text(parts[part::user_domain], text.substr(0, slash));
    writer.write_text(parts[part::user_name], text.substr(slash + 1));
    return;
  }
  const std::size_t at = text.rfind('@');
  if (at != std::string_view::npos && at > 0) {
    writer.write_text(parts[part::user_domain], text.substr(at + 1));
    text = text.substr(0, at);
  }
  writer.write_text(parts[part::user_name], text);
}

void write_command_line(std::string_view text, bool posix, Parts parts, TargetWriter& writer) {
  writer.write_text(parts[part::command_line], text);
  if (!writer.wanted(parts[part::args]) && !writer.wanted(parts[part::args_count])) return;
  thread_local std::vector<Value> args;
  args.clear();
  if (posix) {
    split_posix_command_line(text, writer.arena(), args);
  } else {
    split_windows_command_line(text, writer.arena(), args);
  }
  if (args.empty()) return;
  writer.write_list(parts[part::args], args);
  writer.write(parts[part::args_count], Value::integer(static_cast<std::int64_t>(args.size())));
}

// The native prefixes of the two hives that rules speak of.
std::string_view hive_name(std::string_view first) {
  struct Known {
    std::string_view name, hive;
  };
  static constexpr Known kKnown[] = {{"HKEY_LOCAL_MACHINE", "HKLM"},
                                     {"HKEY_USERS", "HKU"},
                                     {"HKEY_CLASSES_ROOT", "HKCR"},
                                     {"HKEY_CURRENT_USER", "HKCU"},
                                     {"HKEY_CURRENT_CONFIG", "HKCC"},
                                     {"MACHINE", "HKLM"},
                                     {"USER", "HKU"}};
  for (const Known& known : kKnown) {
    if (base::equals_ignore_case_ascii(first, known.name)) return known.hive;
  }
  return first;
}

void write_registry(std::string_view text, bool has_value, Parts parts, TargetWriter& writer) {
  writer.write_text(parts[part::registry_path], text);
  std::string_view rest = text;
  const bool native = base::starts_with_ignore_case_ascii(rest, "\\REGISTRY\\");
  if (native) rest.remove_prefix(10);
  const std::size_t slash = rest.find('\\');
  const std::string_view first = rest.substr(0, slash);
  if (!native && !base::starts_with_ignore_case_ascii(first, "HK")) return;
  writer.write_text(parts[part::registry_hive], hive_name(first));
  if (slash == std::string_view::npos) return;
  rest.remove_prefix(slash + 1);
  if (!has_value) return writer.write_text(parts[part::registry_key], rest);
  const std::size_t last = rest.rfind('\\');
  if (last == std::string_view::npos) return writer.write_text(parts[part::registry_value], rest);
  writer.write_text(parts[part::registry_key], rest.substr(0, last));
  writer.write_text(parts[part::registry_value], rest.substr(last + 1));
}

// "user:password@host:port" of a URL.
void write_authority(std::string_view authority, Parts parts, TargetWriter& writer) {
  if (const std::size_t at = authority.rfind('@'); at != std::string_view::npos) {
    const std::string_view user = authority.substr(0, at);
    writer.write_text(parts[part::username], user.substr(0, user.find(':')));
    authority.remove_prefix(at + 1);
  }
  const HostPort target = split_host_port(authority);
  writer.write_text(parts[part::domain], target.host);
  writer.write_text(parts[part::port], target.port);
}

void write_url(std::string_view text, Parts parts, TargetWriter& writer) {
  writer.write_text(parts[part::original], text);
  std::string_view rest = text;
  const std::size_t colon = rest.find("://");
  if (colon != std::string_view::npos && colon > 0 && colon <= 32 &&
      find_any<'/', '?', '#'>(rest) == colon + 1) {
    writer.write_text(parts[part::full], text);
    writer.write_text(parts[part::scheme], lower_in(writer.arena(), rest.substr(0, colon)));
    rest.remove_prefix(colon + 3);
    const std::size_t end = find_any<'/', '?', '#', '\\'>(rest);
    write_authority(rest.substr(0, end), parts, writer);
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end);
  }
  if (const std::size_t hash = rest.find('#'); hash != std::string_view::npos) {
    writer.write_text(parts[part::fragment], rest.substr(hash + 1));
    rest = rest.substr(0, hash);
  }
  if (const std::size_t mark = rest.find('?'); mark != std::string_view::npos) {
    writer.write_text(parts[part::query], rest.substr(mark + 1));
    rest = rest.substr(0, mark);
  }
  writer.write_text(parts[part::url_path], rest);
  writer.write_text(parts[part::url_extension], extension_of(rest));
}

std::string_view dns_type_name(std::string_view number) {
  struct Known {
    std::string_view number, name;
  };
  static constexpr Known kKnown[] = {{"1", "A"},    {"2", "NS"},    {"5", "CNAME"}, {"6", "SOA"},
                                     {"12", "PTR"}, {"15", "MX"},   {"16", "TXT"},  {"28", "AAAA"},
                                     {"33", "SRV"}, {"65", "HTTPS"}};
  for (const Known& known : kKnown) {
    if (known.number == number) return known.name;
  }
  return number;
}

struct DnsLists {
  std::vector<Value> data, types, addresses;
};

// One record: "type:  5 name", "::ffff:192.0.2.1", "name".
void read_dns_record(std::string_view record, DnsLists& lists, base::Arena& arena) {
  record = base::trim(record);
  if (record.empty() || record == "-") return;
  std::string_view type;
  if (base::starts_with_ignore_case_ascii(record, "type:")) {
    record = base::trim(record.substr(5));
    const std::size_t blank = record.find(' ');
    type = dns_type_name(record.substr(0, blank));
    record = blank == std::string_view::npos ? std::string_view{} : base::trim(record.substr(blank));
  }
  const std::string_view address = read_ip(record, arena);
  if (!address.empty()) {
    lists.addresses.push_back(Value::string(address));
    record = address;
    if (type.empty()) type = address.find(':') == std::string_view::npos ? "A" : "AAAA";
  }
  if (record.empty()) return;
  lists.data.push_back(Value::string(record));
  if (!type.empty()) lists.types.push_back(Value::string(type));
}

void write_dns_answers(const Value& value, Parts parts, TargetWriter& writer) {
  constexpr std::size_t kMaxAnswers = 4096;
  thread_local DnsLists lists;
  lists.data.clear(), lists.types.clear(), lists.addresses.clear();
  for (const Value& element : value.elements()) {
    if (!element.is_string()) continue;
    std::string_view rest = element.as_string();
    while (!rest.empty() && lists.data.size() < kMaxAnswers) {
      const std::size_t end = rest.find(';');
      read_dns_record(rest.substr(0, end), lists, writer.arena());
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
  }
  writer.write_list(parts[part::answers_data], lists.data);
  writer.write_list(parts[part::answers_type], lists.types);
  writer.write_list(parts[part::resolved_ip], lists.addresses);
}

void write_path(std::string_view text, Parts parts, TargetWriter& writer) {
  writer.write_text(parts[part::path], text);
  writer.write_text(parts[part::name], basename_of(text));
  writer.write_text(parts[part::directory], dirname_of(text));
  writer.write_text(parts[part::extension], extension_of(text));
  writer.write_text(parts[part::drive_letter], drive_letter_of(text));
}

void write_address(std::string_view text, Parts parts, TargetWriter& writer) {
  const HostPort target = split_host_port(base::trim(text));
  if (target.host.empty()) return;
  const std::string_view address = read_ip(target.host, writer.arena());
  if (!address.empty()) {
    writer.write_text(parts[part::address], address);
    writer.write_text(parts[part::ip], address);
  } else {
    writer.write_text(parts[part::address], target.host);
    writer.write_text(parts[part::address_domain], target.host);
  }
  writer.write_text(parts[part::address_port], target.port);
}

}  // namespace

std::span<const PartName> parts_of(Structured kind) {
  switch (kind) {
    case Structured::hashes:
      return kHashes;
    case Structured::domain_user:
      return kDomainUser;
    case Structured::command_line:
    case Structured::posix_command_line:
      return kCommandLine;
    case Structured::registry_key:
      return kRegistryKey;
    case Structured::registry_value:
      return kRegistryValue;
    case Structured::url:
      return kUrl;
    case Structured::dns_answers:
      return kDns;
    case Structured::path:
      return kPath;
    case Structured::address:
      return kAddress;
    case Structured::none:
    case Structured::pairs:
      return {};
  }
  return {};
}

void write_structured(Structured kind, const Value& value, Parts parts, TargetWriter& writer) {
  if (kind == Structured::dns_answers) return write_dns_answers(value, parts, writer);
  if (!value.is_string()) return;
  const std::string_view text = value.as_string();
  switch (kind) {
    case Structured::hashes:
      return write_hashes(text, parts, writer);
    case Structured::domain_user:
      return write_domain_user(text, parts, writer);
    case Structured::command_line:
      return write_command_line(text, false, parts, writer);
    case Structured::posix_command_line:
      return write_command_line(text, true, parts, writer);
    case Structured::registry_key:
      return write_registry(text, false, parts, writer);
    case Structured::registry_value:
      return write_registry(text, true, parts, writer);
    case Structured::url:
      return write_url(text, parts, writer);
    case Structured::path:
      return write_path(text, parts, writer);
    case Structured::address:
      return write_address(text, parts, writer);
    default:
      return;
  }
}

}  // namespace vedette::normalize
