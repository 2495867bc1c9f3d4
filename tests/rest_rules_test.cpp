// The groups rules and exceptions.
#include "support/rules_api.hpp"

namespace vedette::api::test {
namespace {

constexpr std::string_view kRule =
    "title: Mine\nid: mine\nlevel: high\ntags: [attack.t1003]\ndetection:\n  a:\n    b: c\n  condition: a\n";

std::string changed_rule(const std::string& title) {
  return "title: " + title + "\nid: mine\ndetection:\n  a:\n    b: d\n  condition: a\n";
}

TEST_F(RulesApi, ARuleIsADraftUntilItIsSwitchedOn) {
  const Answer made = ask("POST", "/rules", with_yaml(kRule));
  ASSERT_EQ(made.status, 201) << made.text("detail");
  EXPECT_EQ(made.text("state"), "draft");
  EXPECT_EQ(made.text("level"), "high");
  EXPECT_EQ(made.text("changed_by"), "root");
  EXPECT_EQ(made.text("yaml"), kRule);
  EXPECT_EQ(made.body.at("techniques").as_array().at(0), "T1003");
  EXPECT_EQ(rules->reloads, 0);

  const Answer on = ask("POST", "/rules/mine/activate", R"({"message":"tested"})");
  ASSERT_EQ(on.status, 200) << on.text("detail");
  EXPECT_EQ(on.text("state"), "active");
  EXPECT_EQ(rules->reloads, 1);
  ASSERT_EQ(rules->sources.files.size(), 1u);
  EXPECT_EQ(rules->sources.files[0].text, kRule);

  EXPECT_EQ(ask("POST", "/rules/mine/deactivate").text("state"), "disabled");
  EXPECT_TRUE(rules->sources.files.empty());
  EXPECT_EQ(audit->entries().back().target, "rules/mine");
}

TEST_F(RulesApi, WhatCannotBeARuleIsRefused) {
  EXPECT_EQ(ask("POST", "/rules", with_yaml("title: no id\n")).status, 422);
  EXPECT_EQ(ask("POST", "/rules", with_yaml("id: x\n")).status, 422);
  EXPECT_EQ(ask("POST", "/rules", with_yaml("id: ../x\ntitle: t\n")).status, 422);
  EXPECT_EQ(ask("POST", "/rules", with_yaml("id: [\n")).status, 422);
  EXPECT_EQ(ask("POST", "/rules", with_yaml("id: file-a\ntitle: t\n")).status, 409);
  EXPECT_EQ(ask("POST", "/rules", with_yaml(kRule)).status, 201);
  EXPECT_EQ(ask("POST", "/rules", with_yaml(kRule)).status, 409);
  EXPECT_EQ(ask("GET", "/rules/none").status, 404);
}

TEST_F(RulesApi, UpdatesNeedTheVersionThatWasRead) {
  const Answer made = ask("POST", "/rules", with_yaml(kRule));
  EXPECT_EQ(ask("PUT", "/rules/mine", with_yaml(changed_rule("B"))).status, 428);
  const Answer updated = ask("PUT", "/rules/mine", with_yaml(changed_rule("B")), made.etag);
  ASSERT_EQ(updated.status, 200) << updated.text("detail");
  EXPECT_EQ(updated.text("title"), "B");
  EXPECT_EQ(updated.number("number"), 2);
  EXPECT_EQ(ask("PUT", "/rules/mine", with_yaml(changed_rule("C")), made.etag).status, 412);
  EXPECT_EQ(ask("PUT", "/rules/mine", with_yaml("id: other\ntitle: t\n"), updated.etag).status, 422);
  EXPECT_EQ(ask("GET", "/rules/mine").text("title"), "B");
}

TEST_F(RulesApi, ALiveRuleMustBeGoodAndItsAuthorAllowedToSwitch) {
  Answer now = ask("POST", "/rules", with_yaml(std::string(kRule) + "# faulty\n"), "", "writer");
  ASSERT_EQ(now.status, 201);
  const Answer refused = ask("POST", "/rules/mine/activate");
  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(refused.body.at("errors").at(0).at("pointer"), "/yaml");
  EXPECT_EQ(ask("POST", "/rules/mine/activate", "", "", "writer").status, 403);
  now = ask("PUT", "/rules/mine", with_yaml(kRule), now.etag, "writer");
  ASSERT_EQ(now.status, 200);
  now = ask("POST", "/rules/mine/activate");
  ASSERT_EQ(now.status, 200);
  EXPECT_EQ(ask("PUT", "/rules/mine", with_yaml(changed_rule("B")), now.etag, "writer").status, 403);
  EXPECT_EQ(ask("PUT", "/rules/mine", with_yaml("id: mine\ntitle: faulty\n"), now.etag).status, 422);
  EXPECT_EQ(ask("PUT", "/rules/mine", with_yaml(changed_rule("B")), now.etag).status, 200);
  EXPECT_EQ(rules->reloads, 2);
}

TEST_F(RulesApi, ADeletedRuleLeavesItsVersions) {
  const Answer made = ask("POST", "/rules", with_yaml(kRule, "first"));
  ask("PUT", "/rules/mine", with_yaml(changed_rule("B"), "second"), made.etag);
  EXPECT_EQ(ask("DELETE", "/rules/mine", "", "1").status, 412);
  EXPECT_EQ(ask("DELETE", "/rules/mine?message=old").status, 204);
  EXPECT_EQ(ask("GET", "/rules/mine").status, 404);
  const Answer versions = ask("GET", "/rules/mine/versions");
  ASSERT_EQ(versions.items().size(), 3u);
  EXPECT_EQ(versions.items().at(0).at("kind"), "deleted");
  EXPECT_EQ(versions.items().at(0).at("message"), "old");
  EXPECT_EQ(versions.items().at(2).at("message"), "first");
  EXPECT_EQ(ask("GET", "/rules/mine/versions/1").text("yaml"), kRule);
  EXPECT_EQ(ask("GET", "/rules/mine/versions/4").status, 404);
  const std::string diff = ask("GET", "/rules/mine/diff?from=1&to=2").text("diff");
  EXPECT_NE(diff.find("-title: Mine\n"), std::string::npos) << diff;
  EXPECT_NE(diff.find("+title: B\n"), std::string::npos) << diff;
  EXPECT_EQ(ask("POST", "/rules", with_yaml(kRule)).number("number"), 4);
  EXPECT_EQ(ask("GET", "/rules/none/versions").status, 404);
}

TEST_F(RulesApi, RulesOfFilesAreSwitchedAndGivenALevel) {
  EXPECT_EQ(ask("GET", "/rules/file-a").text("yaml"), "id: file-a");
  EXPECT_EQ(ask("POST", "/rules/file-a/deactivate").text("state"), "disabled");
  EXPECT_EQ(rules->sources.disabled, std::vector<std::string>{"file-a"});
  const Answer level = ask("PUT", "/rules/file-a/level", R"({"level":"critical"})");
  ASSERT_EQ(level.status, 200) << level.text("detail");
  ASSERT_EQ(rules->sources.levels.size(), 1u);
  EXPECT_EQ(rules->sources.levels[0].second, model::Level::critical);
  EXPECT_EQ(rules->sources.disabled.size(), 1u);
  EXPECT_EQ(ask("PUT", "/rules/file-a/level", R"({"level":null})").status, 200);
  EXPECT_TRUE(rules->sources.levels.empty());
  EXPECT_EQ(ask("POST", "/rules/file-a/activate").text("state"), "active");
  EXPECT_EQ(ask("DELETE", "/rules/file-a").status, 409);
  EXPECT_EQ(ask("PUT", "/rules/file-a", with_yaml(kRule), "1").status, 409);
  EXPECT_EQ(ask("PUT", "/rules/file-a/level", R"({"level":"loud"})").status, 422);
}

TEST_F(RulesApi, AFailedReloadIsTold) {
  rules->reload_fault = "no such folder";
  const Answer answer = ask("POST", "/rules/file-a/deactivate");
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(answer.text("detail").find("no such folder"), std::string::npos);
}

TEST_F(RulesApi, TheListIsFilteredSortedAndPaged) {
  ask("POST", "/rules", with_yaml(kRule));
  const auto ids = [&](const std::string& query) {
    std::string out, after;
    do {
      const Answer page = ask("GET", "/rules?limit=1" + query + after);
      EXPECT_EQ(page.status, 200) << page.text("detail");
      if (page.status != 200) break;
      for (const Json& item : page.items()) out += std::string(item.at("id").as_string()) + " ";
      after = page.text("next").empty() ? "" : "&after=" + page.text("next");
    } while (!after.empty());
    return out;
  };
  EXPECT_EQ(ids(""), "file-b file-a mine ");
  EXPECT_EQ(ids("&sort=id"), "file-a file-b mine ");
  EXPECT_EQ(ids("&sort=hits"), "file-b file-a mine ");
  EXPECT_EQ(ids("&state=draft"), "mine ");
  EXPECT_EQ(ids("&state=draft&state=active&level=high"), "file-b mine ");
  EXPECT_EQ(ids("&origin=file&text=BET"), "file-a ");
  EXPECT_EQ(ids("&tactic=execution"), "file-a ");
  EXPECT_EQ(ids("&technique=T1059"), "file-a ");
  EXPECT_EQ(ids("&technique=T105"), "");
  EXPECT_EQ(ids("&costly=true"), "");
  EXPECT_EQ(ask("GET", "/rules?state=odd").status, 422);
  EXPECT_EQ(ask("GET", "/rules?after=!").status, 422);
}

TEST_F(RulesApi, LintAndTestAnswerAtOnce) {
  const Answer lint = ask("POST", "/rules/lint", R"({"yaml":"faulty"})");
  EXPECT_FALSE(lint.body.at("ok").as_bool());
  EXPECT_EQ(lint.body.at("diagnostics").at(0).at("line"), 3);
  const Answer test =
      ask("POST", "/rules/test", R"({"yaml":"x","events":["evil line",{"a":"good"},{"b":"evil"}]})");
  ASSERT_EQ(test.status, 200) << test.text("detail");
  const auto& results = test.body.at("results").as_array();
  ASSERT_EQ(results.size(), 3u);
  EXPECT_TRUE(results.at(0).at("matched").as_bool());
  EXPECT_FALSE(results.at(1).at("matched").as_bool());
  EXPECT_TRUE(results.at(2).at("matched").as_bool());
  EXPECT_EQ(ask("POST", "/rules/test", R"({"yaml":"x","events":[]})").status, 422);
}

TEST_F(RulesApi, ABackTestCountsOverTimeWithinBounds) {
  const std::string range = R"("from":"2026-01-01T00:00:00Z","to":"2026-03-01T00:00:00Z"})";
  const Json result = result_of(ask("POST", "/rules/back-test", R"({"yaml":"x",)" + range));
  EXPECT_EQ(result.at("events"), 1000);
  EXPECT_EQ(result.at("alerts"), 150);
  EXPECT_LE(result.at("counts").as_array().size(), 500u);
  EXPECT_EQ(result.at("counts").at(0).at("count"), 150);
  EXPECT_EQ(result.at("samples").as_array().size(), 100u);
  EXPECT_EQ(result.at("top_groups").at(0).at("group_key"), "a");
  EXPECT_EQ(result.at("top_groups").at(0).at("count"), 100);
  EXPECT_EQ(ask("POST", "/rules/back-test", R"({"id":"file-a","yaml":"x",)" + range).status, 422);
  EXPECT_EQ(ask("POST", "/rules/back-test", R"({"id":"none",)" + range).status, 404);
  EXPECT_EQ(ask("POST", "/rules/back-test", R"({"yaml":"faulty",)" + range).status, 422);
  EXPECT_EQ(ask("POST", "/rules/back-test",
                R"({"yaml":"x","from":"2026-03-01T00:00:00Z","to":"2026-01-01T00:00:00Z"})")
                .status,
            422);
  // Samples show events.
  EXPECT_EQ(ask("POST", "/rules/back-test", R"({"yaml":"x",)" + range, "", "writer").status, 403);
}

TEST_F(RulesApi, ExceptionsAreWrittenAndTakenUp) {
  const std::string body =
      R"({"rules":["file-a"],"condition":"a:\n  user: bob\ncondition: a\n","reason":"known","expires":"2027-01-01T00:00:00Z"})";
  const Answer made = ask("POST", "/exceptions", body);
  ASSERT_EQ(made.status, 201) << made.text("detail");
  EXPECT_EQ(made.text("owner"), "root");
  EXPECT_EQ(made.text("expires"), "2027-01-01T00:00:00.000Z");
  ASSERT_EQ(rules->sources.exceptions.size(), 1u);
  EXPECT_EQ(rules->sources.exceptions[0].rules, std::vector<std::string>{"file-a"});
  const std::string path = "/exceptions/" + made.text("id");
  EXPECT_EQ(ask("GET", path).etag, made.etag);
  EXPECT_EQ(ask("GET", "/exceptions?rule=file-a").items().size(), 1u);
  EXPECT_EQ(ask("GET", "/exceptions?rule=file-b").items().size(), 0u);
  EXPECT_EQ(ask("PUT", path, body).status, 428);
  EXPECT_EQ(ask("PUT", path, R"({"condition":"a: 1\ncondition: nope\n","reason":"x"})", made.etag).status,
            422);
  const Answer changed =
      ask("PUT", path, R"({"condition":"a: {b: c}\ncondition: a\n","reason":"x"})", made.etag);
  ASSERT_EQ(changed.status, 200) << changed.text("detail");
  EXPECT_EQ(ask("PUT", path, body, made.etag).status, 412);
  EXPECT_EQ(ask("DELETE", path).status, 204);
  EXPECT_TRUE(rules->sources.exceptions.empty());
  EXPECT_EQ(ask("GET", path).status, 404);
  EXPECT_EQ(ask("POST", "/exceptions",
                R"({"condition":"a: {b: c}\ncondition: a\n","reason":"x","expires":"2020-01-01T00:00:00Z"})")
                .status,
            422);
}

}  // namespace
}  // namespace vedette::api::test
