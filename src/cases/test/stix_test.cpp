#include "vedette/cases/stix.hpp"

#include <cstdlib>
#include <fstream>
#include <map>
#include <set>

#include <gtest/gtest.h>
#include <simdjson.h>

#include "cases_story.hpp"

namespace vedette::cases {
namespace {

using test::story;

struct Bundle {
  explicit Bundle(const std::string& text) : json(text) {
    EXPECT_EQ(parser.parse(json).get(root), simdjson::SUCCESS) << json;
    for (auto object : root["objects"].get_array()) {
      objects.emplace(std::string(object["id"].get_c_str().value()), object);
    }
  }
  std::vector<simdjson::dom::element> of(std::string_view type) const {
    std::vector<simdjson::dom::element> out;
    for (const auto& [id, object] : objects) {
      if (object["type"].get_string().value() == type) out.push_back(object);
    }
    return out;
  }
  std::string json;
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  std::map<std::string, simdjson::dom::element> objects;
};

std::string_view text_of(simdjson::dom::element object, const char* name) {
  std::string_view text;
  return object[name].get(text) == simdjson::SUCCESS ? text : std::string_view();
}

// Every text that looks like an id of an object of this bundle is one.
void check_refs(const Bundle& bundle) {
  for (const auto& [id, object] : bundle.objects) {
    for (const auto member : simdjson::dom::object(object)) {
      if (member.key.ends_with("_ref")) {
        EXPECT_TRUE(bundle.objects.contains(std::string(member.value.get_string().value())))
            << id << member.key;
      }
      if (!member.key.ends_with("_refs")) continue;
      EXPECT_GT(simdjson::dom::array(member.value).size(), 0u) << id;
      for (auto ref : simdjson::dom::array(member.value)) {
        EXPECT_TRUE(bundle.objects.contains(std::string(ref.get_string().value()))) << id << member.key;
      }
    }
  }
}

TEST(Stix, HoldsTheStory) {
  const test::Story told = story();
  const Bundle bundle(stix_bundle(told.incident, told.members, {}));
  EXPECT_EQ(bundle.of("incident").size(), 1u);
  EXPECT_EQ(bundle.of("report").size(), 1u);
  EXPECT_EQ(bundle.of("attack-pattern").size(), 4u);
  EXPECT_EQ(bundle.of("observed-data").size(), 4u);
  EXPECT_EQ(bundle.of("indicator").size(), 3u);
  EXPECT_EQ(bundle.of("sighting").size(), 3u);
  EXPECT_EQ(bundle.of("identity").size(), 2u);  // who made it, and a host
  EXPECT_EQ(bundle.of("directory").size(), 1u);
  check_refs(bundle);
  EXPECT_TRUE(bundle.objects.contains("marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421"));
  // The ids that the standard gives to these values.
  for (const char* id :
       {"ipv4-addr--12592121-be4c-5a93-a813-5a5af16e50db",
        "domain-name--019168e7-4562-57d4-8b16-5cc016798e7a",
        "directory--0a58d0c1-59e6-5afd-8252-dcd3f13e5622", "file--75e66715-aeac-5006-94e3-d53c6cd8516c",
        "file--22f8ff52-8f62-5f03-a53a-6f50f54fd74c", "user-account--8dfcbaf1-3c54-5b81-bb5e-c2a633709c07"}) {
    EXPECT_TRUE(bundle.objects.contains(id)) << id;
  }
  std::set<std::string_view> patterns;
  for (auto indicator : bundle.of("indicator")) patterns.insert(text_of(indicator, "pattern"));
  EXPECT_TRUE(patterns.contains("[ipv4-addr:value = '198.51.100.7']"));
  EXPECT_TRUE(patterns.contains("[domain-name:value = 'evil.example.net']"));
  EXPECT_TRUE(patterns.contains(
      "[file:hashes.'SHA-256' = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']"));
  if (const char* folder = std::getenv("VEDETTE_REPORT_FOLDER")) {
    std::ofstream(std::string(folder) + "/bundle.json") << bundle.json;
  }
}

TEST(Stix, EqualInputGivesEqualBytesAndTlpItsId) {
  test::Story told = story();
  EXPECT_EQ(stix_bundle(told.incident, told.members, {}), stix_bundle(told.incident, told.members, {}));
  told.incident.tlp = Tlp::red;
  const Bundle bundle(stix_bundle(told.incident, told.members, {}));
  EXPECT_TRUE(bundle.objects.contains("marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1"));
  for (const auto& [id, object] : bundle.objects) {
    simdjson::dom::array marks;
    if (object["object_marking_refs"].get(marks) == simdjson::SUCCESS) {
      EXPECT_EQ(marks.at(0).get_string().value(), "marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1");
    } else {
      EXPECT_TRUE(id.starts_with("marking-definition--"));
    }
  }
}

TEST(Stix, HostileValuesStayValues) {
  test::Story told = story();
  told.incident.title = told.incident.summary = test::kHostileText;
  told.members[3].entities[0].value = "a' OR 1=1] \\ OR [x";
  told.incident.incident.entities.clear();
  told.members[0].techniques = {"T1190\"}", "T1190"};
  const Bundle bundle(stix_bundle(told.incident, told.members, {}));
  check_refs(bundle);
  bool found = false;
  for (auto indicator : bundle.of("indicator")) {
    found |= text_of(indicator, "pattern") == R"([domain-name:value = 'a\' OR 1=1] \\ OR [x'])";
  }
  EXPECT_TRUE(found);
  EXPECT_EQ(bundle.of("attack-pattern").size(), 4u);
}

TEST(Stix, MembersAreBoundedAndThatIsSaid) {
  const test::Story told = story();
  StixOptions options;
  options.max_members = 1;
  const Bundle bundle(stix_bundle(told.incident, told.members, options));
  EXPECT_EQ(bundle.of("observed-data").size(), 1u);
  EXPECT_NE(text_of(bundle.of("report")[0], "description").find("3 kinds of alerts are left out"),
            std::string_view::npos);
  check_refs(bundle);
}

}  // namespace
}  // namespace vedette::cases
