// Events against indicators.
#include <algorithm>
#include <iterator>

#include "enrich/extending.hpp"
#include "enrich/indicator_fields.hpp"
#include "enrich/indicator_store.hpp"
#include "enrich/observable.hpp"
#include "vedette/base/case_fold.hpp"
#include "vedette/base/text.hpp"
#include "vedette/normalize/enrich.hpp"

namespace vedette::normalize {
namespace {

using model::FieldId;
using model::Value;
using Number = IndicatorStore::Number;

constexpr std::size_t kMaxMatches = 16;  // of one event
constexpr std::size_t kMaxUrlFolders = 64;
constexpr std::size_t kMaxTextBytes = 4096;  // of a value that is looked at
constexpr std::string_view kMatchTag = "threat_match";

constexpr std::uint32_t bit_of(KeyClass type) {
  return 1u << static_cast<unsigned>(type);
}

// Ids of the fields that are written.
struct ThreatFields {
  FieldId type = model::intern("threat.indicator.type");
  FieldId name = model::intern("threat.indicator.name");
  FieldId ip = model::intern("threat.indicator.ip");
  FieldId url_domain = model::intern("threat.indicator.url.domain");
  FieldId url_full = model::intern("threat.indicator.url.full");
  FieldId email = model::intern("threat.indicator.email.address");
  FieldId file_name = model::intern("threat.indicator.file.name");
  FieldId md5 = model::intern("threat.indicator.file.hash.md5");
  FieldId sha1 = model::intern("threat.indicator.file.hash.sha1");
  FieldId sha256 = model::intern("threat.indicator.file.hash.sha256");
  FieldId sha384 = model::intern("threat.indicator.file.hash.sha384");
  FieldId sha512 = model::intern("threat.indicator.file.hash.sha512");
  FieldId id = model::intern("threat.indicator.id");
  FieldId provider = model::intern("threat.indicator.provider");
  FieldId description = model::intern("threat.indicator.description");
  FieldId confidence = model::intern("threat.indicator.confidence");
  FieldId tlp = model::intern("threat.indicator.marking.tlp");
  FieldId tags = model::intern("threat.indicator.tags");
  FieldId matched_field = model::intern("threat.matched.field");
  FieldId matched_atomic = model::intern("threat.matched.atomic");
  FieldId matched_type = model::intern("threat.matched.type");
  FieldId matched_feed = model::intern("threat.matched.feed");
  FieldId matched_id = model::intern("threat.matched.id");
  FieldId matched_tlp = model::intern("threat.matched.tlp");
  FieldId matched_confidence = model::intern("threat.matched.confidence");
};

struct ThreatMatch {
  Number number = 0;
  FieldId field{};
  std::string_view atomic;  // the event's value
};

// Finds the matches of one event after another; holds the space that this needs.
class EventMatcher {
 public:
  explicit EventMatcher(const IndicatorStore& store) : store_(store) {}

  void begin(base::TimeNs time) {
    matches_.clear();
    seconds_ = time / base::kNsPerSecond;
  }
  const std::vector<ThreatMatch>& matches() const { return matches_; }

  void look_at(FieldId field, std::string_view text, std::uint8_t roles) {
    text = base::trim(text);
    if (text.size() < 3 || text.size() > kMaxTextBytes) return;
    field_ = field;
    atomic_ = text;
    if (roles & kUrlRole) url(text);
    if ((roles & kAddressRole) && address(text)) return;
    if (roles & kDomainRole) domain(text);
    if ((roles & kHashRole) && has(KeyClass::hash)) exact(Indicator::Type::hash, KeyClass::hash, text);
    if (roles & kEmailRole) email(text);
    if ((roles & (kNameRole | kPathRole)) && has(KeyClass::file_name)) file_name(text, roles);
  }

 private:
  bool has(KeyClass type) const { return (store_.classes() & bit_of(type)) != 0; }

  void take(Number first) {
    for (Number at = first; at != IndicatorStore::kNone; at = store_.entry(at).next) {
      const std::uint32_t until = store_.entry(at).valid_until;
      if (until != 0 && seconds_ >= until) continue;
      take_one(at);
    }
  }

  // One indicator counts once for an event; a field that merely collects values yields to the one they are
  // from.
  void take_one(Number number) {
    const auto same = std::find_if(matches_.begin(), matches_.end(),
                                   [&](const ThreatMatch& match) { return match.number == number; });
    if (same == matches_.end()) {
      if (matches_.size() < kMaxMatches) matches_.push_back({number, field_, atomic_});
    } else if (model::name_of(same->field).starts_with("related.")) {
      *same = {number, field_, atomic_};
    }
  }

  // True if the text is an address.
  bool address(std::string_view text) {
    if (!base::is_digit(text.front()) && text.find(':') == text.npos) return false;
    const auto parsed = address_of(text);
    if (!parsed) return false;
    if (!has(KeyClass::network)) return true;
    bool allowed = false;  // known not to be in a warning list
    store_.prefixes().longest_first([&](int prefix) {
      const Number found = store_.find(KeyClass::network, NetworkKey(*parsed, prefix).view());
      if (found == IndicatorStore::kNone) return false;
      if (!allowed && prefix < 128) {
        if (store_.warnings().holds(KeyClass::network, NetworkKey(*parsed, 128).view())) return true;
        allowed = true;
      }
      take(found);
      return false;
    });
    return true;
  }

  void domain(std::string_view text) {
    if (!has(KeyClass::domain) || !is_domain(text)) return;
    if (text.ends_with('.')) text.remove_suffix(1);
    lower_.resize(text.size());
    std::transform(text.begin(), text.end(), lower_.begin(), base::ascii_lower);
    bool allowed = false;
    for (std::string_view suffix = lower_;;) {
      const Number found = store_.find(KeyClass::domain, suffix);
      if (found != IndicatorStore::kNone) {
        if (!allowed && suffix.size() < lower_.size() && store_.warnings().holds(KeyClass::domain, lower_)) {
          return;
        }
        allowed = true;
        take(found);
      }
      const std::size_t dot = suffix.find('.');
      if (dot == suffix.npos) return;
      suffix.remove_prefix(dot + 1);
    }
  }

  void url(std::string_view text) {
    if (text.front() == '/' || !url_key(text, url_)) return;
    const std::string_view whole = url_.text;
    if (has(KeyClass::url)) {
      take(store_.find(KeyClass::url, whole));
      if (url_.query < whole.size()) take(store_.find(KeyClass::url, whole.substr(0, url_.query)));
    }
    if (store_.has_urls_below()) {
      std::size_t slash = whole.find('/', url_.path + 1);
      for (std::size_t i = 0; i < kMaxUrlFolders && slash < url_.query; ++i) {
        take(store_.find(KeyClass::url_below, whole.substr(0, slash + 1)));
        slash = whole.find('/', slash + 1);
      }
    }
    const std::string_view host = whole.substr(url_.host_from, url_.host_to - url_.host_from);
    if (host.size() >= 3 && !address(host)) domain(host);
  }

  void exact(Indicator::Type type, KeyClass key_class, std::string_view text) {
    if (normal_form(type, text, key_)) take(store_.find(key_class, key_));
  }

  // "Name <user@example.com>" is the address in it. Its domain is compared, too.
  void email(std::string_view text) {
    const std::size_t open = text.rfind('<');
    if (open != text.npos && text.ends_with('>')) text = text.substr(open + 1, text.size() - open - 2);
    if (has(KeyClass::email)) exact(Indicator::Type::email, KeyClass::email, text);
    if (const std::size_t at = text.rfind('@'); at != text.npos) domain(text.substr(at + 1));
  }

  void file_name(std::string_view text, std::uint8_t roles) {
    if (!normal_form(Indicator::Type::file_name, text, key_)) return;
    take(store_.find(KeyClass::file_name, key_));
    const std::size_t last = (roles & kPathRole) ? key_.rfind('\\') : key_.npos;
    if (last != key_.npos) take(store_.find(KeyClass::file_name, std::string_view(key_).substr(last + 1)));
  }

  const IndicatorStore& store_;
  std::vector<ThreatMatch> matches_;
  base::TimeNs seconds_ = 0;
  FieldId field_{};
  std::string_view atomic_;
  std::string lower_, key_;
  UrlKey url_;
};

const char* ecs_type(const IndicatorStore& store, const IndicatorStore::Entry& entry) {
  switch (entry.type) {
    case KeyClass::network:
      return store.shown(entry).find(':') == std::string::npos ? "ipv4-addr" : "ipv6-addr";
    case KeyClass::domain:
      return "domain-name";
    case KeyClass::url:
    case KeyClass::url_below:
      return "url";
    case KeyClass::email:
      return "email-addr";
    case KeyClass::hash:
    case KeyClass::file_name:
      return "file";
  }
  return "file";
}

// The words of ECS, by the None/Low/Medium/High scale of STIX 2.1, appendix A.
const char* ecs_confidence(int confidence) {
  if (confidence < 0) return "Not Specified";
  if (confidence == 0) return "None";
  return confidence < 30 ? "Low" : confidence < 70 ? "Medium" : "High";
}

class IndicatorSetImpl final : public IndicatorSet, public Extending {
 public:
  IndicatorSetImpl(std::vector<Indicator> indicators, const std::vector<std::string>& warnings,
                   base::TimeNs now)
      : store_(std::move(indicators), warnings, now), now_(now) {
    for (const IndicatorField& field : indicator_fields()) {
      const std::size_t id = model::index_of(model::intern(field.name));
      if (id >= roles_.size()) roles_.resize(id + 1, 0);
      roles_[id] = field.roles;
    }
  }

  std::shared_ptr<const model::EventBatch> enrich(
      std::shared_ptr<const model::EventBatch> batch) const override {
    return extended(*this, std::move(batch));
  }

  void extend(model::BatchExtender& extender) const override {
    if (store_.size() == 0) return;
    EventMatcher matcher(store_);
    for (std::uint32_t row = 0; row < extender.batch().size(); ++row) {
      const model::Event event = extender.batch()[row];
      matcher.begin(event.time() != 0 ? event.time() : now_);
      for (const model::Cell& cell : event.cells()) {
        const std::size_t id = model::index_of(cell.field);
        if (id >= roles_.size() || roles_[id] == 0) continue;
        for (const Value& value : cell.value.elements()) {
          if (value.is_string()) matcher.look_at(cell.field, value.as_string(), roles_[id]);
        }
      }
      if (!matcher.matches().empty()) add_matches(row, matcher.matches(), extender);
    }
  }

  IndicatorSetStats stats() const override { return store_.stats(); }
  std::vector<Sweep> sweeps(std::size_t max_values) const override;

 private:
  static Value copied(model::BatchExtender& extender, std::string_view text) {
    return Value::string(extender.arena().copy(text));
  }

  void add_matches(std::uint32_t row, const std::vector<ThreatMatch>& matches,
                   model::BatchExtender& extender) const {
    const auto best =
        std::max_element(matches.begin(), matches.end(), [&](const ThreatMatch& a, const ThreatMatch& b) {
          return store_.entry(a.number).confidence < store_.entry(b.number).confidence;
        });
    // An event that is itself about an indicator keeps what it says.
    if (!extender.find(row, fields_.type)) add_indicator(row, *best, extender);
    const auto add_list = [&](FieldId field, const auto& value_of) {
      if (extender.find(row, field)) return;
      const auto list = extender.arena().allocate_array<Value>(matches.size());
      std::transform(matches.begin(), matches.end(), list.begin(), value_of);
      extender.add(row, field, Value::list(list));
    };
    const auto entry = [&](const ThreatMatch& match) { return store_.entry(match.number); };
    add_list(fields_.matched_field,
             [](const ThreatMatch& match) { return Value::string(model::name_of(match.field)); });
    add_list(fields_.matched_atomic, [](const ThreatMatch& match) { return Value::string(match.atomic); });
    add_list(fields_.matched_type,
             [&](const ThreatMatch& match) { return Value::string(ecs_type(store_, entry(match))); });
    add_list(fields_.matched_feed,
             [&](const ThreatMatch& match) { return copied(extender, store_.feed(entry(match))); });
    add_list(fields_.matched_id,
             [&](const ThreatMatch& match) { return copied(extender, store_.id(entry(match))); });
    add_list(fields_.matched_tlp,
             [&](const ThreatMatch& match) { return Value::string(IndicatorStore::tlp(entry(match))); });
    add_list(fields_.matched_confidence,
             [&](const ThreatMatch& match) { return Value::integer(entry(match).confidence); });
    extender.add_to_set(row, model::field::tags, kMatchTag);
  }

  void add_indicator(std::uint32_t row, const ThreatMatch& match, model::BatchExtender& extender) const {
    const IndicatorStore::Entry& entry = store_.entry(match.number);
    const auto add = [&](FieldId field, std::string_view text) {
      if (!text.empty()) extender.add(row, field, copied(extender, text));
    };
    const std::string shown = store_.shown(entry);
    add(fields_.type, ecs_type(store_, entry));
    add(fields_.name, shown);
    add_value(row, entry, shown, match, extender);
    add(fields_.id, store_.id(entry));
    add(fields_.provider, store_.feed(entry));
    add(fields_.description, store_.description(entry));
    add(fields_.confidence, ecs_confidence(entry.confidence));
    std::string tlp(IndicatorStore::tlp(entry));
    for (char& c : tlp) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
    add(fields_.tlp, tlp);
    const auto tags = store_.tags(entry);
    if (tags.empty()) return;
    const auto list = extender.arena().allocate_array<Value>(tags.size());
    std::transform(tags.begin(), tags.end(), list.begin(),
                   [&](std::string_view tag) { return copied(extender, tag); });
    extender.add(row, fields_.tags, Value::list(list));
  }

  void add_value(std::uint32_t row, const IndicatorStore::Entry& entry, const std::string& shown,
                 const ThreatMatch& match, model::BatchExtender& extender) const {
    FieldId field = fields_.file_name;
    std::string text = shown;
    switch (entry.type) {
      case KeyClass::network:
        field = fields_.ip;
        // The field takes no network: the address in it stands there.
        if (shown.find('/') != shown.npos) {
          const auto address = address_of(match.atomic);
          if (!address) return;
          text = address->to_string();
        }
        break;
      case KeyClass::domain:
        field = fields_.url_domain;
        break;
      case KeyClass::url:
      case KeyClass::url_below:
        field = fields_.url_full;
        break;
      case KeyClass::email:
        field = fields_.email;
        break;
      case KeyClass::hash:
        field = hash_field(store_.key(entry).size());
        break;
      case KeyClass::file_name:
        break;
    }
    extender.add(row, field, copied(extender, text));
  }

  FieldId hash_field(std::size_t bytes) const {
    switch (bytes) {
      case 16:
        return fields_.md5;
      case 20:
        return fields_.sha1;
      case 32:
        return fields_.sha256;
      case 48:
        return fields_.sha384;
      default:
        return fields_.sha512;
    }
  }

  IndicatorStore store_;
  base::TimeNs now_;
  std::vector<std::uint8_t> roles_;  // by field id
  ThreatFields fields_;
};

// Values of one test, cut into sweeps of at most so many.
class SweepWriter {
 public:
  SweepWriter(std::uint8_t roles, model::MatchOp op, std::size_t max_values,
              std::vector<IndicatorSet::Sweep>& out)
      : op_(op), max_values_(std::max<std::size_t>(max_values, 1)), out_(out) {
    for (const IndicatorField& field : indicator_fields()) {
      if (field.roles & roles) fields_.emplace_back(field.name);
    }
  }
  void add(std::string value) {
    if (current_ == kClosed || out_[current_].values.size() == max_values_) {
      current_ = out_.size();
      out_.push_back({fields_, {}, op_});
    }
    out_[current_].values.push_back(std::move(value));
  }

 private:
  static constexpr std::size_t kClosed = ~std::size_t{0};
  std::vector<std::string> fields_;
  model::MatchOp op_;
  std::size_t max_values_;
  std::vector<IndicatorSet::Sweep>& out_;
  std::size_t current_ = kClosed;
};

std::vector<IndicatorSet::Sweep> IndicatorSetImpl::sweeps(std::size_t max_values) const {
  using model::MatchOp;
  std::vector<Sweep> out;
  const auto writer = [&](int roles, MatchOp op) {
    return SweepWriter(static_cast<std::uint8_t>(roles), op, max_values, out);
  };
  SweepWriter addresses = writer(kAddressRole, MatchOp::equals),
              networks = writer(kAddressRole, MatchOp::cidr);
  SweepWriter domains = writer(kDomainRole, MatchOp::equals);
  SweepWriter below = writer(kDomainRole, MatchOp::ends_with);
  SweepWriter urls = writer(kUrlRole, MatchOp::starts_with);
  SweepWriter hashes = writer(kHashRole, MatchOp::equals), emails = writer(kEmailRole, MatchOp::equals);
  SweepWriter names = writer(kNameRole | kPathRole, MatchOp::equals);
  SweepWriter path_ends = writer(kPathRole, MatchOp::ends_with);
  const auto add_url = [&](std::string_view key) {
    if (key.find("://") != key.npos) return urls.add(std::string(key));
    urls.add("http://" + std::string(key));
    urls.add("https://" + std::string(key));
  };
  for (Number number = 0; number < store_.size(); ++number) {
    const IndicatorStore::Entry& entry = store_.entry(number);
    const std::string_view key = store_.key(entry);
    switch (entry.type) {
      case KeyClass::network: {
        std::string shown = store_.shown(entry);
        // Addresses of version 6 have many spellings.
        const bool one_text = shown.find_first_of("/:") == shown.npos;
        if (one_text) add_url(shown + "/");
        (one_text ? addresses : networks).add(std::move(shown));
        break;
      }
      case KeyClass::domain:
        domains.add(std::string(key));
        below.add("." + std::string(key));
        add_url(key);
        break;
      case KeyClass::url:
      case KeyClass::url_below:
        add_url(key.ends_with('/') && entry.type == KeyClass::url ? key.substr(0, key.size() - 1) : key);
        break;
      case KeyClass::hash:
        hashes.add(base::hex_encode(key));
        break;
      case KeyClass::email:
        emails.add(std::string(key));
        break;
      case KeyClass::file_name: {
        names.add(std::string(key));
        path_ends.add("\\" + std::string(key));
        std::string slashes(key);
        std::replace(slashes.begin(), slashes.end(), '\\', '/');
        path_ends.add("/" + slashes);
        break;
      }
    }
  }
  return out;
}

}  // namespace

std::unique_ptr<IndicatorSet> make_indicator_set(std::vector<Indicator> indicators,
                                                 const std::vector<std::string>& warning_values,
                                                 base::TimeNs now) {
  return std::make_unique<IndicatorSetImpl>(std::move(indicators), warning_values, now);
}

}  // namespace vedette::normalize
