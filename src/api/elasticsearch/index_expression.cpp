#include "elasticsearch/index_expression.hpp"

#include <algorithm>

#include "vedette/base/text.hpp"
#include "vedette/expr/matcher.hpp"

namespace vedette::api::es {
namespace {

using model::Predicate;

constexpr std::string_view kStreamTypes[] = {"logs-", "metrics-", "traces-", "synthetics-"};
constexpr std::string_view kOwn = "vedette-", kDefault = "default";
constexpr std::size_t kMostNames = 256;

// What is left of the pattern for the rest of a name that begins with the prefix.
std::vector<std::string_view> rests_after(std::string_view pattern, std::string_view prefix) {
  std::vector<std::string_view> rests{pattern};
  const auto skip_stars = [&rests] {
    for (std::size_t i = 0; i < rests.size(); ++i) {
      if (rests[i].starts_with('*') && (i + 1 == rests.size() || rests[i + 1] != rests[i].substr(1))) {
        rests.insert(rests.begin() + static_cast<std::ptrdiff_t>(i) + 1, rests[i].substr(1));
      }
    }
  };
  for (const char c : prefix) {
    skip_stars();
    std::vector<std::string_view> next;
    for (const std::string_view rest : rests) {
      if (rest.starts_with('*')) next.push_back(rest);
      if (rest.starts_with(c)) next.push_back(rest.substr(1));
    }
    std::sort(next.begin(), next.end(), [](auto x, auto y) { return x.size() > y.size(); });
    next.erase(std::unique(next.begin(), next.end()), next.end());
    rests = std::move(next);
  }
  return rests;
}

// Datasets, or patterns of them, that the name stands for.
std::vector<std::string> datasets_of(std::string_view name) {
  std::vector<std::string> out{std::string(name)};
  for (const std::string_view rest : rests_after(name, kOwn)) out.emplace_back(rest);
  for (const std::string_view type : kStreamTypes) {
    if (!name.starts_with(type)) continue;
    const std::string_view rest = name.substr(type.size());
    const std::size_t dash = rest.find('-');
    if (dash != std::string_view::npos && dash > 0 && dash + 1 < rest.size()) {
      out.emplace_back(rest.substr(0, dash));
    } else if (rest.ends_with('*') && (rest != "*" || type == kStreamTypes[0])) {
      out.emplace_back(rest);  // "logs-nginx*" may name any namespace of nginx
    }
  }
  if (name == "logs*") out.emplace_back("*");
  return out;
}

bool has_star(std::string_view name) {
  return name.find('*') != std::string_view::npos;
}

Predicate dataset_test(const std::string& pattern) {
  Predicate out{.kind = Predicate::Kind::test, .children = {}, .test = {}, .name = {}};
  out.test.field = "event.dataset";
  out.test.op = has_star(pattern) ? model::MatchOp::wildcard : model::MatchOp::equals;
  out.test.case_sensitive = true;
  // "?" and "\" are no wildcards in names of indices.
  for (const char c : pattern) {
    if (has_star(pattern) && (c == '?' || c == '\\')) out.test.text += '\\';
    out.test.text += c;
  }
  return out;
}

bool pattern_names(const std::string& pattern, std::string_view dataset) {
  return has_star(pattern) ? expr::WildcardPattern(dataset_test(pattern).test.text).matches(dataset)
                           : pattern == dataset;
}

bool is_all(std::string_view name) {
  return name == "_all" || (!name.empty() && name.find_first_not_of('*') == std::string_view::npos);
}

Predicate predicate_of(std::string_view name) {
  Predicate any{.kind = Predicate::Kind::any_of, .children = {}, .test = {}, .name = {}};
  if (is_all(name)) {
    any.kind = Predicate::Kind::always;
    return any;
  }
  bool is_default = false;
  for (const std::string& dataset : datasets_of(name)) {
    any.children.push_back(dataset_test(dataset));
    is_default = is_default || pattern_names(dataset, kDefault);
  }
  if (is_default) {
    Predicate none{.kind = Predicate::Kind::test, .children = {}, .test = {}, .name = {}};
    none.test.field = "event.dataset";
    none.test.op = model::MatchOp::is_null;
    any.children.push_back(std::move(none));
  }
  return any;
}

Predicate join(Predicate::Kind kind, Predicate a, Predicate b) {
  Predicate out{.kind = kind, .children = {}, .test = {}, .name = {}};
  out.children.push_back(std::move(a));
  out.children.push_back(std::move(b));
  return out;
}

Fault bad_name(std::string_view name) {
  const std::string shown = base::escape_control(base::to_valid_utf8(name.substr(0, 255)));
  return {400, "invalid_index_name_exception", "Invalid index name [" + shown + "]", shown};
}

}  // namespace

Or<IndexChoice> choose_indices(std::string_view expression) {
  Or<IndexChoice> out;
  if (expression.empty() || is_all(expression)) return out;
  const std::vector<std::string_view> names = base::split(expression, ',');
  if (names.size() > kMostNames) return {{}, illegal("more than 256 names of indices"), false};
  bool first = true;
  for (std::string_view name : names) {
    name = base::trim(name);
    const bool excluded = !first && name.starts_with('-');
    if (excluded) name.remove_prefix(1);
    if (name.empty() || name.size() > 255 || name[0] == '<' || name[0] == '-' ||
        (name[0] == '_' && name != "_all") || name.find_first_of("\\/?\"<>|#: ") != std::string_view::npos) {
      return {{}, bad_name(name), false};
    }
    Predicate one = predicate_of(name);
    Predicate& all = out.value.predicate;
    if (excluded) {
      Predicate negation{.kind = Predicate::Kind::negation, .children = {}, .test = {}, .name = {}};
      negation.children.push_back(std::move(one));
      all = join(Predicate::Kind::all_of, std::move(all), std::move(negation));
    } else {
      if (!has_star(name) && name != "_all") out.value.concrete.emplace_back(name);
      all = first ? std::move(one) : join(Predicate::Kind::any_of, std::move(all), std::move(one));
    }
    first = false;
  }
  return out;
}

bool names_dataset(std::string_view name, std::string_view dataset) {
  if (is_all(name)) return true;
  const std::string_view real = dataset.empty() ? kDefault : dataset;
  const std::vector<std::string> patterns = datasets_of(name);
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](const std::string& pattern) { return pattern_names(pattern, real); });
}

bool chooses_dataset(std::string_view expression, std::string_view dataset) {
  bool chosen = expression.empty(), first = true;
  for (std::string_view name : base::split(expression, ',')) {
    name = base::trim(name);
    const bool excluded = !first && name.starts_with('-');
    if (excluded) name.remove_prefix(1);
    if (names_dataset(name, dataset)) chosen = !excluded;
    first = false;
  }
  return chosen;
}

std::string index_of(std::string_view dataset) {
  return std::string(kOwn) + std::string(dataset.empty() ? kDefault : dataset);
}

}  // namespace vedette::api::es
