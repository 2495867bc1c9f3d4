// A million indicators in little memory, found by the normal form of a value.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "enrich/addresses.hpp"
#include "enrich/key_index.hpp"
#include "enrich/text_pool.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {

enum class KeyClass : std::uint8_t {
  network,    // 17 bytes, addresses too
  domain,     // and all below it
  url,        // without a query: with any query
  url_below,  // all URLs that start with it; ends in '/'
  hash,
  email,
  file_name,
};

// Values that are never matched.
class WarningList {
 public:
  // Addresses, networks, domains (".example.com": with all below it), URLs, hashes, email addresses; else
  // file names.
  explicit WarningList(const std::vector<std::string>& values);
  bool holds(KeyClass type, std::string_view key) const;
  std::size_t bytes() const { return pool_.bytes() + index_.bytes(); }

 private:
  bool holds_exactly(char kind, std::string_view key) const;
  bool holds_network(std::string_view key) const;

  TextPool pool_;  // a kind, then the key
  KeyIndex index_;
  PrefixLengths prefixes_;
};

// Immutable once made.
class IndicatorStore {
 public:
  using Number = std::uint32_t;
  static constexpr Number kNone = KeyIndex::kNone;

  struct Entry {
    TextPool::Id key = 0, description = 0, tags = 0;  // tags: joined by line feeds
    std::uint32_t id = 0;
    Number next = kNone;            // another indicator with the same key, of another feed
    std::uint32_t valid_until = 0;  // seconds; 0: open
    std::uint16_t feed = 0;
    KeyClass type = KeyClass::network;
    std::int8_t confidence = -1;
    std::uint8_t tlp = 0;     // 0: not said
    std::uint8_t scheme = 0;  // URLs: 0: not said, 1: http, 2: https
  };
  static_assert(sizeof(Entry) <= 32);

  IndicatorStore(std::vector<Indicator> indicators, const std::vector<std::string>& warnings,
                 base::TimeNs now);

  // The first of the indicators with that key, or kNone.
  Number find(KeyClass type, std::string_view key) const {
    return index_.find(KeyIndex::hash(key, static_cast<std::uint64_t>(type)), [&](Number number) {
      return entries_[number].type == type && pool_.text(entries_[number].key) == key;
    });
  }
  const Entry& entry(Number number) const { return entries_[number]; }
  std::size_t size() const { return entries_.size(); }
  const PrefixLengths& prefixes() const { return prefixes_; }
  bool has_urls_below() const { return has_urls_below_; }
  // Of the key classes, those that occur, as 1 << class.
  std::uint32_t classes() const { return classes_; }
  const WarningList& warnings() const { return warnings_; }

  std::string_view key(const Entry& entry) const { return pool_.text(entry.key); }
  std::string shown(const Entry& entry) const;
  std::string id(const Entry& entry) const;
  std::string_view description(const Entry& entry) const { return pool_.text(entry.description); }
  std::vector<std::string_view> tags(const Entry& entry) const;
  std::string_view feed(const Entry& entry) const { return feeds_[entry.feed]; }
  static std::string_view tlp(const Entry& entry);

  IndicatorSetStats stats() const { return stats_; }

 private:
  void insert(const Indicator& indicator, base::TimeNs now);
  std::uint16_t feed_number(const std::string& name);
  std::uint32_t pack_id(std::string_view id);
  void fill(const Indicator& indicator, Entry& entry);

  WarningList warnings_;
  std::vector<Entry> entries_;
  std::vector<std::string> feeds_;
  TextPool pool_;
  KeyIndex index_;
  PrefixLengths prefixes_;
  std::uint32_t classes_ = 0;
  bool has_urls_below_ = false;
  std::string scratch_, last_id_;
  std::uint32_t last_id_number_ = 0;
  IndicatorSetStats stats_;
};

}  // namespace vedette::normalize
