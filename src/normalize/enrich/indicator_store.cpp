#include "enrich/indicator_store.hpp"

#include <algorithm>
#include <cstring>

#include "enrich/observable.hpp"
#include "vedette/base/text.hpp"

namespace vedette::normalize {
namespace {

using Type = Indicator::Type;
constexpr std::string_view kTlpNames[] = {"", "clear", "green", "amber", "amber+strict", "red"};
constexpr std::size_t kMaxFeeds = 65'535;
constexpr int kBroadestV4 = 96 + 8, kBroadestV6 = 16;
constexpr char kBelow = 'b';  // a warning for a domain and all below it

// Files without content: they are everywhere.
constexpr std::string_view kEmptyFileHashes[] = {
    "d41d8cd98f00b204e9800998ecf8427e", "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"};

KeyClass class_of(Type type) {
  switch (type) {
    case Type::ip:
    case Type::network:
      return KeyClass::network;
    case Type::domain:
      return KeyClass::domain;
    case Type::url:
      return KeyClass::url;
    case Type::hash:
      return KeyClass::hash;
    case Type::email:
      return KeyClass::email;
    case Type::file_name:
      return KeyClass::file_name;
  }
  return KeyClass::file_name;
}

char warning_kind(KeyClass type) {
  if (type == KeyClass::url_below) type = KeyClass::url;
  return static_cast<char>('0' + static_cast<int>(type));
}

// The network of a key.
base::IpAddress key_address(std::string_view key, int& prefix) {
  base::IpAddress address;
  std::memcpy(address.bytes.data(), key.data(), 16);
  prefix = static_cast<unsigned char>(key[16]);
  return address;
}

// A URL indicator stands for all below it if it names a folder other than the root.
bool names_folder(std::string_view key) {
  if (!key.ends_with('/') || key.find('?') != key.npos) return false;
  const std::size_t scheme = key.find("://");
  const std::size_t host = scheme == key.npos ? 0 : scheme + 3;
  return key.find('/', host) + 1 != key.size();
}

// A UUID at the end of an id, in its canonical form, is held as its 16 bytes.
constexpr std::size_t kUuidText = 36;
bool uuid_bytes(std::string_view text, char* out) {
  std::size_t digits = 0;
  for (std::size_t i = 0; i < kUuidText; ++i) {
    if (i == 8 || i == 13 || i == 18 || i == 23) {
      if (text[i] != '-') return false;
      continue;
    }
    const int digit = base::hex_digit(text[i]);
    if (digit < 0 || (text[i] >= 'A' && text[i] <= 'F')) return false;
    char& byte = out[digits / 2];
    byte = static_cast<char>(digits % 2 == 0 ? digit << 4 : byte | digit);
    ++digits;
  }
  return true;
}

std::string uuid_text(std::string_view bytes) {
  std::string text = base::hex_encode(bytes);
  for (const std::size_t at : {std::size_t{8}, std::size_t{13}, std::size_t{18}, std::size_t{23}}) {
    text.insert(at, 1, '-');
  }
  return text;
}

}  // namespace

WarningList::WarningList(const std::vector<std::string>& values) {
  index_.reset(values.size() + std::size(kEmptyFileHashes));
  std::string key;
  const auto add = [&](char kind) {
    key.insert(key.begin(), kind);
    const TextPool::Id id = pool_.intern(key);
    index_.put(KeyIndex::hash(key, 0), id, [&](std::uint32_t other) { return other == id; });
  };
  for (const std::string_view hash : kEmptyFileHashes) {
    if (normal_form(Type::hash, hash, key)) add(warning_kind(KeyClass::hash));
  }
  for (const std::string& raw : values) {
    const std::string value = refanged(raw);
    if (value.starts_with('.') && normal_form(Type::domain, value.substr(1), key)) {
      add(kBelow);
      continue;
    }
    const Type type = guess_type(value).value_or(Type::file_name);
    if (!normal_form(type, value, key)) continue;
    if (class_of(type) == KeyClass::network) prefixes_.add(static_cast<unsigned char>(key[16]));
    add(warning_kind(class_of(type)));
  }
  pool_.seal();
}

bool WarningList::holds_exactly(char kind, std::string_view key) const {
  std::string wanted(1, kind);
  wanted += key;
  return index_.find(KeyIndex::hash(wanted, 0), [&](std::uint32_t id) { return pool_.text(id) == wanted; }) !=
         KeyIndex::kNone;
}

bool WarningList::holds_network(std::string_view key) const {
  int prefix = 0;
  const base::IpAddress address = key_address(key, prefix);
  const bool v4 = address.is_v4() && prefix >= 96;
  if (!is_public(address) || prefix < (v4 ? kBroadestV4 : kBroadestV6)) return true;
  return prefixes_.longest_first([&](int length) {
    return length <= prefix &&
           holds_exactly(warning_kind(KeyClass::network), NetworkKey(address, length).view());
  });
}

bool WarningList::holds(KeyClass type, std::string_view key) const {
  if (type == KeyClass::network) return holds_network(key);
  if (holds_exactly(warning_kind(type), key)) return true;
  if (type != KeyClass::domain) return false;
  for (std::string_view domain = key;;) {
    if (holds_exactly(kBelow, domain)) return true;
    const std::size_t dot = domain.find('.');
    if (dot == domain.npos) return false;
    domain.remove_prefix(dot + 1);
  }
}

IndicatorStore::IndicatorStore(std::vector<Indicator> indicators, const std::vector<std::string>& warnings,
                               base::TimeNs now)
    : warnings_(warnings) {
  index_.reset(indicators.size());
  entries_.reserve(indicators.size());
  for (Indicator& indicator : indicators) {
    insert(indicator, now);
    indicator = Indicator();  // what was taken over is not held twice
  }
  entries_.shrink_to_fit();
  pool_.seal();
  stats_.indicators = entries_.size();
  stats_.bytes = entries_.capacity() * sizeof(Entry) + pool_.bytes() + index_.bytes() + warnings_.bytes();
}

void IndicatorStore::insert(const Indicator& indicator, base::TimeNs now) {
  if (indicator.valid_until != 0 && indicator.valid_until <= now) {
    ++stats_.expired;
    return;
  }
  if (!normal_form(indicator.type, indicator.value, scratch_)) return;
  Entry entry;
  entry.type = class_of(indicator.type);
  if (warnings_.holds(entry.type, scratch_)) {
    ++stats_.warned;
    return;
  }
  if (entry.type == KeyClass::url && names_folder(scratch_)) entry.type = KeyClass::url_below;
  if (feeds_.size() == kMaxFeeds) return;
  fill(indicator, entry);

  const Number earlier = find(entry.type, scratch_);
  Number last = earlier;
  for (Number at = earlier; at != kNone; at = entries_[at].next) {
    if (entries_[at].feed == entry.feed) {
      entry.key = entries_[at].key;
      entry.next = entries_[at].next;
      entries_[at] = entry;
      return;
    }
    last = at;
  }
  const auto number = static_cast<Number>(entries_.size());
  if (earlier != kNone) {
    entry.key = entries_[earlier].key;
    entries_[last].next = number;
  } else {
    entry.key = pool_.append(scratch_);
  }
  if (!pool_.fits()) return;
  entries_.push_back(entry);
  if (earlier == kNone) {
    index_.put(KeyIndex::hash(scratch_, static_cast<std::uint64_t>(entry.type)), number,
               [](Number) { return false; });
  }
  classes_ |= 1u << static_cast<unsigned>(entry.type);
  if (entry.type == KeyClass::network) prefixes_.add(static_cast<unsigned char>(scratch_[16]));
  has_urls_below_ |= entry.type == KeyClass::url_below;
}

void IndicatorStore::fill(const Indicator& indicator, Entry& entry) {
  entry.description = pool_.intern(indicator.description);
  std::string tags;
  for (const std::string& tag : indicator.tags) tags.append(tags.empty() ? "" : "\n").append(tag);
  entry.tags = pool_.intern(tags);
  entry.id = pack_id(indicator.id);
  entry.feed = feed_number(indicator.feed);
  const base::TimeNs until = indicator.valid_until / base::kNsPerSecond;
  entry.valid_until = until > 0 && until < 0xFFFF'FFFF ? static_cast<std::uint32_t>(until) : 0;
  entry.confidence = static_cast<std::int8_t>(std::clamp(indicator.confidence, -1, 100));
  const auto* const level = std::find(std::begin(kTlpNames), std::end(kTlpNames), indicator.tlp);
  if (level != std::end(kTlpNames)) entry.tlp = static_cast<std::uint8_t>(level - kTlpNames);
  if (base::starts_with_ignore_case_ascii(indicator.value, "http://")) entry.scheme = 1;
  if (base::starts_with_ignore_case_ascii(indicator.value, "https://")) entry.scheme = 2;
}

std::uint16_t IndicatorStore::feed_number(const std::string& name) {
  // Indicators come feed by feed, so the one sought is nearly always the last.
  for (std::size_t i = feeds_.size(); i-- > 0;) {
    if (feeds_[i] == name) return static_cast<std::uint16_t>(i);
  }
  feeds_.push_back(name);
  return static_cast<std::uint16_t>(feeds_.size() - 1);
}

// 'u', the text before a UUID, a zero byte and the UUID; or 't' and the text.
std::uint32_t IndicatorStore::pack_id(std::string_view id) {
  if (id.empty()) return 0;
  // The values of one pattern share their id.
  if (id == last_id_) return last_id_number_;
  last_id_ = id;
  std::string packed;
  char uuid[16];
  const std::size_t head = id.size() >= kUuidText ? id.size() - kUuidText : id.npos;
  if (head != id.npos && id.find('\0') == id.npos && uuid_bytes(id.substr(head), uuid)) {
    // The head is one of few ("indicator--").
    const TextPool::Id prefix = pool_.intern(id.substr(0, head));
    packed = "u";
    packed.append(reinterpret_cast<const char*>(&prefix), sizeof prefix).append(uuid, sizeof uuid);
  } else {
    packed.append("t").append(id);
  }
  return last_id_number_ = pool_.append(packed);
}

std::string IndicatorStore::id(const Entry& entry) const {
  if (entry.id == 0) return {};
  const std::string_view packed = pool_.text(entry.id);
  if (packed.front() == 't') return std::string(packed.substr(1));
  TextPool::Id prefix = 0;
  std::memcpy(&prefix, packed.data() + 1, sizeof prefix);
  return std::string(pool_.text(prefix)) + uuid_text(packed.substr(1 + sizeof prefix));
}

std::string IndicatorStore::shown(const Entry& entry) const {
  const std::string_view text = key(entry);
  switch (entry.type) {
    case KeyClass::network:
      return shown_form(Type::network, text);
    case KeyClass::hash:
      return shown_form(Type::hash, text);
    case KeyClass::url:
    case KeyClass::url_below: {
      const char* scheme = entry.scheme == 1 ? "http://" : entry.scheme == 2 ? "https://" : "";
      return scheme + std::string(text);
    }
    default:
      return std::string(text);
  }
}

std::vector<std::string_view> IndicatorStore::tags(const Entry& entry) const {
  const std::string_view joined = pool_.text(entry.tags);
  if (joined.empty()) return {};
  return base::split(joined, '\n');
}

std::string_view IndicatorStore::tlp(const Entry& entry) {
  return kTlpNames[entry.tlp];
}

}  // namespace vedette::normalize
