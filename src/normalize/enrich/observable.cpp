#include "enrich/observable.hpp"

#include <algorithm>
#include <cstring>

#include "enrich/addresses.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using Type = Indicator::Type;

struct Defanging {
  std::string_view from, to;
};
constexpr Defanging kDefangings[] = {
    {"[://]", "://"}, {"[:]//", "://"}, {"[dot]", "."}, {"(dot)", "."}, {"{dot}", "."}, {"[.]", "."},
    {"(.)", "."},     {"{.}", "."},     {"\\.", "."},   {"[:]", ":"},   {"[at]", "@"},  {"(at)", "@"},
    {"{at}", "@"},    {"[@]", "@"},     {"(@)", "@"},   {"[/]", "/"},   {"[.", "."},    {".]", "."},
};

bool starts_defanging(char c) {
  return c == '[' || c == '(' || c == '{' || c == '\\' || c == '.';
}

std::string_view without_wrapping(std::string_view text) {
  text = base::trim(text);
  while (text.ends_with(',') || text.ends_with(';')) text = base::trim(text.substr(0, text.size() - 1));
  while (text.size() >= 2 && text.front() == text.back() && (text.front() == '"' || text.front() == '\'')) {
    text = base::trim(text.substr(1, text.size() - 2));
  }
  return text;
}

bool is_hash_size(std::size_t digits) {
  return digits == 32 || digits == 40 || digits == 64 || digits == 96 || digits == 128;
}

bool is_hash(std::string_view text) {
  return is_hash_size(text.size()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return base::hex_digit(c) >= 0; });
}

bool is_email(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == text.npos || at == 0 || text.size() > 320) return false;
  const std::string_view local = text.substr(0, at);
  return local.find_first_of(" \t/:<>") == local.npos && is_domain(text.substr(at + 1));
}

void lower_into(std::string& out, std::string_view text) {
  out.resize(text.size());
  std::transform(text.begin(), text.end(), out.begin(), base::ascii_lower);
}

bool domain_form(std::string_view text, std::string& out) {
  if (text.starts_with("*.")) text.remove_prefix(2);
  if (!is_domain(text)) return false;
  if (text.ends_with('.')) text.remove_suffix(1);
  lower_into(out, text);
  return true;
}

bool hash_form(std::string_view text, std::string& out) {
  if (!is_hash(text)) return false;
  out.resize(text.size() / 2);
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<char>(base::hex_digit(text[2 * i]) * 16 + base::hex_digit(text[2 * i + 1]));
  }
  return true;
}

bool network_form(Type type, std::string_view text, std::string& out) {
  if (type == Type::ip) {
    const auto address = address_of(text);
    if (!address) return false;
    out.assign(NetworkKey(*address, 128).view());
    return true;
  }
  // Feeds write networks with bits set beyond the prefix, too.
  const std::size_t slash = text.find('/');
  const auto address = base::IpAddress::parse(text.substr(0, slash));
  if (!address) return false;
  int prefix = 128;
  if (slash != text.npos) {
    const auto length = base::parse_uint(text.substr(slash + 1));
    const bool v4 = text.find(':') == text.npos;
    if (!length || *length > (v4 ? 32u : 128u)) return false;
    prefix = static_cast<int>(*length) + (v4 ? 96 : 0);
  }
  out.assign(NetworkKey(*address, prefix).view());
  return true;
}

bool file_name_form(std::string_view text, std::string& out) {
  if (text.empty() || text.size() > 1024) return false;
  out.resize(base::folded_bound(text.size()));
  out.resize(base::fold_into(out.data(), text));
  std::replace(out.begin(), out.end(), '/', '\\');
  return true;
}

}  // namespace

std::string refanged(std::string_view text) {
  text = without_wrapping(text);
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    const std::string_view rest = text.substr(at);
    bool replaced = false;
    if (starts_defanging(rest.front())) {
      for (const Defanging& defanging : kDefangings) {
        if (!base::starts_with_ignore_case_ascii(rest, defanging.from)) continue;
        out += defanging.to;
        at += defanging.from.size();
        replaced = true;
        break;
      }
    }
    if (!replaced) out += text[at++];
  }
  for (const Defanging& scheme :
       {Defanging{"hxxps://", "https://"}, Defanging{"hxxp://", "http://"}, Defanging{"hxtps://", "https://"},
        Defanging{"hxtp://", "http://"}, Defanging{"meow://", "http://"}, Defanging{"fxp://", "ftp://"}}) {
    if (!base::starts_with_ignore_case_ascii(out, scheme.from)) continue;
    out.replace(0, scheme.from.size(), scheme.to);
    break;
  }
  return out;
}

bool is_domain(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  if (text.empty() || text.size() > 253) return false;
  std::size_t label = 0, dots = 0;
  bool digits_only = true;  // of the last label
  for (const char c : text) {
    if (c == '.') {
      if (label == 0) return false;
      label = 0;
      digits_only = true;
      ++dots;
      continue;
    }
    if (!base::is_alnum(c) && c != '-' && c != '_' && static_cast<unsigned char>(c) < 0x80) return false;
    if (++label > 63) return false;
    digits_only &= base::is_digit(c);
  }
  return label > 0 && dots > 0 && !digits_only;
}

std::optional<Type> guess_type(std::string_view text) {
  if (text.size() < 3 || text.size() > kMaxUrl) return std::nullopt;
  if (address_of(text)) return Type::ip;
  std::string key;
  if (text.find('/') != text.npos && network_form(Type::network, text, key)) return Type::network;
  if (is_hash(text)) return Type::hash;
  UrlKey url;
  if (text.find("://") != text.npos) {
    return url_key(text, url) ? std::optional(Type::url) : std::nullopt;
  }
  if (is_email(text)) return Type::email;
  if (is_domain(text) || (text.starts_with("*.") && is_domain(text.substr(2)))) return Type::domain;
  const std::size_t slash = text.find('/');
  const std::string_view host = text.substr(0, std::min(text.find(':'), slash));
  const bool url_like = slash != text.npos && (is_domain(host) || base::IpAddress::parse(host));
  return url_like && url_key(text, url) ? std::optional(Type::url) : std::nullopt;
}

namespace {

// Cuts "scheme://" off; the scheme in lower case, "" if there is none.
bool take_scheme(std::string_view& text, std::string& scheme) {
  const std::size_t colon = text.find("://");
  scheme.clear();
  if (colon == text.npos || colon > 16 || text.substr(0, colon).find_first_of("/?#.") != text.npos) {
    if (text.starts_with("//")) text.remove_prefix(2);
    return true;
  }
  if (colon == 0) return false;
  lower_into(scheme, text.substr(0, colon));
  text.remove_prefix(colon + 3);
  return true;
}

bool is_default_port(std::string_view scheme, std::string_view port) {
  if (port.empty()) return true;
  if (scheme == "https") return port == "443";
  if (scheme == "http") return port == "80";
  if (scheme == "ftp") return port == "21";
  return scheme.empty() && (port == "80" || port == "443");
}

bool append_authority(std::string_view authority, std::string_view scheme, UrlKey& key) {
  if (const std::size_t at = authority.rfind('@'); at != authority.npos) authority.remove_prefix(at + 1);
  std::string_view host = authority, port;
  if (authority.starts_with('[')) {
    const std::size_t close = authority.find(']');
    if (close == authority.npos) return false;
    host = authority.substr(1, close - 1);
    const std::string_view rest = authority.substr(close + 1);
    if (rest.starts_with(':')) port = rest.substr(1);
  } else if (const std::size_t colon = authority.find(':'); colon != authority.npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
  }
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.empty() || host.size() > 253) return false;
  key.host_from = key.text.size();
  for (const char c : host) key.text += base::ascii_lower(c);
  key.host_to = key.text.size();
  if (!is_default_port(scheme, port)) key.text.append(":").append(port);
  return true;
}

}  // namespace

bool url_key(std::string_view text, UrlKey& key) {
  key.text.clear();
  text = text.substr(0, kMaxUrl);
  thread_local std::string scheme;
  if (!take_scheme(text, scheme)) return false;
  if (const std::size_t hash = text.find('#'); hash != text.npos) text = text.substr(0, hash);
  const std::size_t end = std::min(text.find_first_of("/?\\"), text.size());
  if (!scheme.empty() && scheme != "http" && scheme != "https") key.text.append(scheme).append("://");
  if (!append_authority(text.substr(0, end), scheme, key)) return false;
  key.path = key.text.size();
  const std::string_view rest = text.substr(end);
  if (!rest.starts_with('/')) key.text += '/';
  key.text += rest;
  key.query = std::min(key.text.find('?', key.path), key.text.size());
  return true;
}

bool normal_form(Type type, std::string_view text, std::string& out) {
  switch (type) {
    case Type::ip:
    case Type::network:
      return network_form(type, text, out);
    case Type::domain:
      return domain_form(text, out);
    case Type::url: {
      UrlKey key;
      if (!url_key(text, key)) return false;
      out = std::move(key.text);
      return true;
    }
    case Type::hash:
      return hash_form(text, out);
    case Type::email:
      if (!is_email(text)) return false;
      lower_into(out, text);
      return true;
    case Type::file_name:
      return file_name_form(text, out);
  }
  return false;
}

std::string shown_form(Type type, std::string_view key) {
  if (type == Type::hash) return base::hex_encode(key);
  if (type != Type::ip && type != Type::network) return std::string(key);
  if (key.size() != 17) return {};
  base::IpAddress address;
  std::memcpy(address.bytes.data(), key.data(), 16);
  const int prefix = static_cast<unsigned char>(key[16]);
  if (prefix == 128) return address.to_string();
  return address.to_string() + "/" + std::to_string(address.is_v4() ? prefix - 96 : prefix);
}

}  // namespace vedette::normalize
