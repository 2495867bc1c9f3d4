#include <algorithm>

#include <re2/re2.h>

#include "vedette/base/check.hpp"
#include "vedette/base/json_writer.hpp"
#include "vedette/base/text.hpp"
#include "vedette/node/support_bundle.hpp"

namespace vedette::node {
namespace {

constexpr std::string_view kRedactMask = "********";
// A secret of one or two letters would mask half of the text.
constexpr std::size_t kShortestSecret = 4;

void collect_secrets(const std::vector<base::ConfigKey>& keys, const base::ConfigSection& values,
                     std::vector<std::string>& out) {
  for (const base::ConfigKey& key : keys) {
    if (key.type == base::ConfigType::secret) out.push_back(values.text(key.name));
    if (key.type == base::ConfigType::section) collect_secrets(key.members, values.section(key.name), out);
    if (key.type != base::ConfigType::sections) continue;
    for (const auto& item : values.sections(key.name)) collect_secrets(key.members, item, out);
  }
}

void mask_all(std::string& text, std::string_view secret) {
  if (secret.size() < kShortestSecret) return;
  for (std::size_t at = text.find(secret); at != std::string::npos;
       at = text.find(secret, at + kRedactMask.size())) {
    text.replace(at, secret.size(), kRedactMask);
  }
}

// A secret may be a list ("token,token", "user:password" on lines), and what is logged be a part of it.
std::vector<std::string> forms_of_secrets(const std::vector<std::string>& secrets) {
  std::vector<std::string> forms;
  for (const std::string& secret : secrets) {
    forms.push_back(secret);
    std::string lines = secret;
    std::replace(lines.begin(), lines.end(), '\n', ',');
    for (const std::string_view item : base::split(lines, ',')) {
      const std::string_view part = base::trim(item);
      forms.emplace_back(part);
      const std::size_t colon = part.find(':');
      if (colon == std::string_view::npos) continue;
      forms.emplace_back(part.substr(colon + 1));
      forms.push_back(base::base64_encode(part));
    }
  }
  // The longest first: one may be a part of another.
  std::sort(forms.begin(), forms.end(),
            [](const std::string& a, const std::string& b) { return a.size() > b.size(); });
  return forms;
}

struct RedactRule {
  RE2 pattern;
  std::string replacement;
};

const std::vector<std::unique_ptr<RedactRule>>& redact_rules() {
  static const auto rules = [] {
    std::vector<std::unique_ptr<RedactRule>> made;
    const auto add = [&made](const char* pattern, const char* replacement) {
      made.push_back(std::make_unique<RedactRule>(pattern, replacement));
      CHECK(made.back()->pattern.ok());
    };
    add(R"((?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?-----END [A-Z ]*PRIVATE KEY-----)", "********");
    // user:password@ of an address
    add(R"((://)[^/@\s"']*@)", R"(\1********@)");
    // ?key=value of an address
    add(R"(([?&][A-Za-z0-9_.~-]+=)[^&\s"'\\]+)", R"(\1********)");
    add(R"re((?i)((?:authorization|cookie)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|[^\r\n"]+))re",
        R"(\1"********")");
    add(R"re((?i)((?:passw(?:or)?d|passphrase|secret|token|api[_-]?key|private[_-]?key)["']?\s*[:=]\s*)(?:"(?:[^"\\]|\\.)*"|[^\s,;&"}]+))re",
        R"(\1"********")");
    add(R"((?i)\b(bearer|splunk) +[A-Za-z0-9+/=._~-]{8,})", R"(\1 ********)");
    return made;
  }();
  return rules;
}

}  // namespace

std::string redact_secrets(const ServeConfig& config, std::string_view text) {
  std::string out(text);
  std::vector<std::string> secrets;
  collect_secrets(config.schema, config.loaded.root, secrets);
  for (const std::string& secret : forms_of_secrets(secrets)) {
    mask_all(out, secret);
    std::string quoted;  // as it stands in JSON
    base::append_json_string(quoted, secret);
    mask_all(out, std::string_view(quoted).substr(1, quoted.size() - 2));
  }
  for (const auto& rule : redact_rules()) RE2::GlobalReplace(&out, rule->pattern, rule->replacement);
  return out;
}

}  // namespace vedette::node
