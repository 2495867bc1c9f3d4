#include "dissect_pattern.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"

namespace vedette::query {

namespace {

base::Error bad(std::string message) {
  return base::make_error(base::ErrorCode::invalid_argument, "dissect: " + std::move(message));
}

}  // namespace

base::Result<DissectPattern::Key> DissectPattern::parse_key(std::string_view inside) {
  Key key;
  if (inside.ends_with("->")) {
    key.padded = true;
    inside.remove_suffix(2);
  }
  const char first = inside.empty() ? '?' : inside.front();
  if (first == '?') key.kind = Kind::skip;
  if (first == '+') key.kind = Kind::append;
  if (first == '*') key.kind = Kind::name;
  if (first == '&') key.kind = Kind::value;
  if (key.kind != Kind::plain && !inside.empty()) inside.remove_prefix(1);
  if (key.kind == Kind::append) {
    if (const std::size_t slash = inside.rfind('/'); slash != std::string_view::npos) {
      const auto order = base::parse_int(inside.substr(slash + 1));
      if (!order || *order < 0 || *order > 1000) return bad("the order behind / is not a number");
      key.order = static_cast<int>(*order);
      inside = inside.substr(0, slash);
    }
  }
  key.name = inside;
  if (key.name.empty() && key.kind != Kind::skip) return bad("a key has no name");
  return key;
}

base::Status DissectPattern::check() const {
  if (keys_.empty()) return bad("the pattern has no key such as %{name}");
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    if (key.delimiter.empty() && i + 1 < keys_.size()) {
      return bad("no delimiter between %{" + key.name + "} and the key behind it");
    }
    if (key.kind != Kind::name && key.kind != Kind::value) continue;
    const auto other = key.kind == Kind::name ? Kind::value : Kind::name;
    const bool paired = std::any_of(keys_.begin(), keys_.end(), [&](const Key& candidate) {
      return candidate.kind == other && candidate.name == key.name;
    });
    if (!paired) return bad("%{*" + key.name + "} and %{&" + key.name + "} must both be there");
  }
  return base::ok_status();
}

base::Result<DissectPattern> DissectPattern::parse(std::string_view pattern) {
  DissectPattern out;
  std::size_t at = std::min(pattern.find("%{"), pattern.size());
  out.before_ = pattern.substr(0, at);
  while (at < pattern.size()) {
    const std::size_t close = pattern.find('}', at);
    if (close == std::string_view::npos) return bad("%{ is not closed");
    TRY_ASSIGN(Key key, parse_key(pattern.substr(at + 2, close - at - 2)));
    at = std::min(pattern.find("%{", close), pattern.size());
    key.delimiter = pattern.substr(close + 1, at - close - 1);
    out.keys_.push_back(std::move(key));
  }
  TRY(out.check());
  return out;
}

std::optional<DissectPattern::Fields> DissectPattern::match(std::string_view text,
                                                            std::vector<std::string>& joined) const {
  if (!text.starts_with(before_)) return std::nullopt;
  text.remove_prefix(before_.size());
  std::vector<std::string_view> found(keys_.size());
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    const std::size_t end = key.delimiter.empty() ? text.size() : text.find(key.delimiter);
    if (end == std::string_view::npos) return std::nullopt;
    found[i] = text.substr(0, end);
    text.remove_prefix(end + key.delimiter.size());
    while (key.padded && !key.delimiter.empty() && text.starts_with(key.delimiter))
      text.remove_prefix(key.delimiter.size());
  }
  Fields fields;
  std::vector<std::pair<std::string_view, std::vector<std::pair<int, std::string_view>>>> parts;
  const auto appended = [&](const std::string& name) {
    return std::any_of(keys_.begin(), keys_.end(),
                       [&](const Key& key) { return key.kind == Kind::append && key.name == name; });
  };
  const auto partner = [&](const std::string& name) -> std::string_view {
    for (std::size_t j = 0; j < keys_.size(); ++j) {
      if (keys_[j].kind == Kind::name && keys_[j].name == name) return found[j];
    }
    return {};
  };
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    const Key& key = keys_[i];
    if (key.kind == Kind::value) {
      if (const std::string_view name = partner(key.name); !name.empty()) fields.emplace_back(name, found[i]);
    } else if (key.kind == Kind::append || (key.kind == Kind::plain && appended(key.name))) {
      auto it =
          std::find_if(parts.begin(), parts.end(), [&](const auto& part) { return part.first == key.name; });
      if (it == parts.end()) it = parts.insert(parts.end(), {key.name, {}});
      it->second.emplace_back(key.order, found[i]);
    } else if (key.kind == Kind::plain) {
      fields.emplace_back(key.name, found[i]);
    }
  }
  joined.clear();
  joined.reserve(parts.size());
  for (auto& [name, pieces] : parts) {
    std::stable_sort(pieces.begin(), pieces.end(),
                     [](const auto& a, const auto& b) { return a.first < b.first; });
    std::string whole;
    for (const auto& [order, piece] : pieces) whole.append(whole.empty() ? "" : " ").append(piece);
    fields.emplace_back(name, joined.emplace_back(std::move(whole)));
  }
  return fields;
}

std::vector<std::string> DissectPattern::names() const {
  std::vector<std::string> out;
  for (const Key& key : keys_) {
    const bool named = key.kind == Kind::plain || key.kind == Kind::append;
    if (named && std::find(out.begin(), out.end(), key.name) == out.end()) out.push_back(key.name);
  }
  return out;
}

}  // namespace vedette::query
