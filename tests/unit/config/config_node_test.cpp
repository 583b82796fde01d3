#include "config/config_node.h"

#include <array>

#include <gtest/gtest.h>

namespace tailrace {
namespace {

using enum OptionType;

constexpr std::array<std::string_view, 2> kColours{"red", "green"};
constexpr std::array<std::string_view, 1> kLaterColours{"blue"};

constexpr std::array kItemOptions{
    OptionRow{.name = "match", .type = text, .help = "what", .required = true},
    OptionRow{.name = "where", .type = url, .help = "place"},
};
constexpr std::array kOptions{
    OptionRow{.name = "name", .type = text, .fallback = "nobody", .help = "name"},
    OptionRow{.name = "password", .type = secret, .help = "password"},
    OptionRow{.name = "verbose", .type = flag, .fallback = "true", .help = "talk"},
    OptionRow{.name = "count",
              .type = integer,
              .fallback = "7",
              .help = "how many",
              .minimum = 1,
              .maximum = 100},
    OptionRow{
        .name = "memory", .type = byte_size, .fallback = "64MiB", .help = "room", .minimum = 1024},
    OptionRow{.name = "delay", .type = duration, .fallback = "10s", .help = "wait"},
    OptionRow{.name = "colour",
              .type = choice,
              .fallback = "red",
              .help = "paint",
              .choices = kColours,
              .later_choices = kLaterColours},
    OptionRow{.name = "words", .type = texts, .help = "words"},
    OptionRow{.name = "item", .type = object, .help = "one", .members = kItemOptions},
    OptionRow{.name = "items", .type = objects, .help = "many", .members = kItemOptions},
    OptionRow{.name = "derive", .type = later},
};

SecretStore secrets() {
  return {.variable = [](const std::string& name) -> std::optional<std::string> {
            if (name == "PW") return "a@b";
            return std::nullopt;
          },
          .file = [](const std::string& path) -> Result<std::string> {
            return Error(ErrorKind::invalid_config, "could not read " + path);
          }};
}

std::unique_ptr<ConfigDocument> document(std::string_view text) {
  auto result = ConfigDocument::parse(text, "t.json", secrets());
  EXPECT_TRUE(result) << result.error().to_string();
  return std::move(*result);
}

std::string syntax_error(std::string_view text) {
  auto result = ConfigDocument::parse(text, "t.json", secrets());
  EXPECT_FALSE(result) << text;
  return result ? "" : result.error().to_string();
}

// Reads one member by `read`, and answers the only problem that this brings.
template <typename Read>
std::string problem(std::string_view text, Read read) {
  const auto opened = document(text);
  const ConfigNode root = opened->root(kOptions);
  (void)read(root);
  EXPECT_EQ(opened->problems().size(), 1U) << text;
  return opened->problems().empty() ? "" : opened->problems().front().to_string();
}

TEST(ConfigNode, ReadsEveryType) {
  const auto opened = document(R"({
    // a comment
    "name": "x ${env:PW}", "password": "s", "verbose": false, "count": 8, "memory": "1MiB",
    "delay": "500ms", /* another */ "colour": "green", "words": ["a", "${env:PW}"],
    "item": {"match": "m", "where": "mysql://u:${env:PW}@h/d"},
    "items": [{"match": "1"}, {"match": "2"}]
  })");
  const ConfigNode root = opened->root(kOptions);
  EXPECT_EQ(root.text("name"), "x a@b");
  EXPECT_EQ(root.secret("password").reveal(), "s");
  EXPECT_FALSE(root.flag("verbose"));
  EXPECT_EQ(root.integer("count"), 8);
  EXPECT_EQ(root.byte_size("memory"), 1U << 20U);
  EXPECT_EQ(root.duration("delay"), std::chrono::milliseconds(500));
  EXPECT_EQ(root.text("colour"), "green");
  EXPECT_EQ(root.texts("words"), (std::vector<std::string>{"a", "a@b"}));
  EXPECT_EQ(root.object("item").text("match"), "m");
  EXPECT_EQ(root.object("item").url("where").password.reveal(), "a@b");
  ASSERT_EQ(root.objects("items").size(), 2U);
  EXPECT_EQ(root.objects("items")[1].text("match"), "2");
  EXPECT_EQ(root.objects("items")[1].path(), "items[1]");
  EXPECT_TRUE(opened->problems().empty());
}

TEST(ConfigNode, AbsentMembersHaveTheirDefaults) {
  const auto opened = document("{}");
  const ConfigNode root = opened->root(kOptions);
  EXPECT_FALSE(root.has("name"));
  EXPECT_EQ(root.text("name"), "nobody");
  EXPECT_TRUE(root.secret("password").empty());
  EXPECT_TRUE(root.flag("verbose"));
  EXPECT_EQ(root.integer("count"), 7);
  EXPECT_EQ(root.byte_size("memory"), 64U << 20U);
  EXPECT_EQ(root.duration("delay"), std::chrono::seconds(10));
  EXPECT_EQ(root.text("colour"), "red");
  EXPECT_TRUE(root.texts("words").empty());
  EXPECT_TRUE(root.objects("items").empty());
  EXPECT_EQ(root.object("item").text("match"), "");
  EXPECT_TRUE(opened->problems().empty());
}

TEST(ConfigNode, UnknownMembersNameTheNearest) {
  const auto nothing = [](const ConfigNode&) { return 0; };
  EXPECT_EQ(problem(R"({"nmae": 1})", nothing),
            "t.json: unknown option \"nmae\"; hint: did you mean \"name\"?");
  const std::string far = problem(R"({"zzzzzzzz": 1})", nothing);
  EXPECT_NE(far.find("known here: name, password"), std::string::npos) << far;
  EXPECT_EQ(far.find("derive"), std::string::npos) << far;
  EXPECT_EQ(problem(R"({"item": {"match": "", "wher": ""}})",
                    [](const ConfigNode& root) { return root.object("item").has("match"); }),
            "t.json: item: unknown option \"wher\"; hint: did you mean \"where\"?");
}

TEST(ConfigNode, RequiredAndLaterMembersAreNamed) {
  EXPECT_EQ(problem(R"({"items": [{}]})",
                    [](const ConfigNode& root) { return root.objects("items").size(); }),
            "t.json: items[0]: option \"match\" is missing; hint: what");
  EXPECT_EQ(problem(R"({"derive": []})", [](const ConfigNode&) { return 0; }),
            "t.json: derive: not supported in this version");
}

TEST(ConfigNode, WrongTypesAreNamed) {
  EXPECT_EQ(problem(R"({"name": 1})", [](const ConfigNode& n) { return n.text("name"); }),
            "t.json: name: expected a string, found number");
  EXPECT_EQ(problem(R"({"name": null})", [](const ConfigNode& n) { return n.text("name"); }),
            "t.json: name: expected a string, found null");
  problem(R"({"verbose": "yes"})", [](const ConfigNode& n) { return n.flag("verbose"); });
  problem(R"({"count": "8"})", [](const ConfigNode& n) { return n.integer("count"); });
  problem(R"({"count": 8.5})", [](const ConfigNode& n) { return n.integer("count"); });
  problem(R"({"memory": true})", [](const ConfigNode& n) { return n.byte_size("memory"); });
  problem(R"({"memory": -1})", [](const ConfigNode& n) { return n.byte_size("memory"); });
  problem(R"({"delay": 10})", [](const ConfigNode& n) { return n.duration("delay"); });
  problem(R"({"words": "a"})", [](const ConfigNode& n) { return n.texts("words").size(); });
  EXPECT_EQ(problem(R"({"words": ["a", 1]})",
                    [](const ConfigNode& n) { return n.texts("words").size(); }),
            "t.json: words[1]: expected a string, found number");
  problem(R"({"item": []})", [](const ConfigNode& n) { return n.object("item").has("match"); });
  problem(R"({"items": {}})", [](const ConfigNode& n) { return n.objects("items").size(); });
  problem(R"({"items": [1]})", [](const ConfigNode& n) { return n.objects("items").size(); });
  EXPECT_EQ(problem("[]", [](const ConfigNode& n) { return n.text("name"); }),
            "t.json: expected an object, found array");
}

TEST(ConfigNode, ValuesOutOfRangeAreNamed) {
  EXPECT_EQ(problem(R"({"count": 101})", [](const ConfigNode& n) { return n.integer("count"); }),
            "t.json: count: expected a whole number from 1 to 100");
  problem(R"({"count": 0})", [](const ConfigNode& n) { return n.integer("count"); });
  problem(R"({"count": 18446744073709551615})",
          [](const ConfigNode& n) { return n.integer("count"); });
  problem(R"({"memory": "1B"})", [](const ConfigNode& n) { return n.byte_size("memory"); });
  problem(R"({"memory": "much"})", [](const ConfigNode& n) { return n.byte_size("memory"); });
  problem(R"({"delay": "soon"})", [](const ConfigNode& n) { return n.duration("delay"); });
  EXPECT_EQ(problem(R"({"colour": "pink"})", [](const ConfigNode& n) { return n.text("colour"); }),
            "t.json: colour: expected one of \"red\", \"green\"");
  EXPECT_EQ(problem(R"({"colour": "blue"})", [](const ConfigNode& n) { return n.text("colour"); }),
            "t.json: colour: \"blue\" is not supported in this version");
}

TEST(ConfigNode, ReferencesThatFailAreNamedOnce) {
  EXPECT_EQ(problem(R"({"item": {"match": "", "where": "mysql://u:${env:NONE}@h"}})",
                    [](const ConfigNode& n) { return n.object("item").url("where"); }),
            "t.json: item.where: the environment variable NONE is not set");
  problem(R"({"item": {"match": "", "where": "nonsense"}})",
          [](const ConfigNode& n) { return n.object("item").url("where"); });
}

TEST(ConfigNode, AMemberGivenTwiceIsRefused) {
  const auto opened = document(R"({"name": "a", "item": {"match": "x"}, "name": "b"})");
  ASSERT_EQ(opened->problems().size(), 1U);
  EXPECT_EQ(opened->problems()[0].to_string(), "t.json: option \"name\" is given twice");
  EXPECT_TRUE(document(R"({"items": [{"match": "a"}, {"match": "b"}]})")->problems().empty());
}

TEST(ConfigDocument, SyntaxErrorsNameThePlaceAndNoSecret) {
  const std::string message = syntax_error("{\n  \"password\": \"swordfish\" \"x\"\n}");
  EXPECT_NE(message.find("t.json: line 2, column"), std::string::npos) << message;
  EXPECT_EQ(message.find("swordfish"), std::string::npos) << message;
  EXPECT_EQ(syntax_error("{\"password\": \"swordfish\n\"}").find("swordfish"), std::string::npos);
  EXPECT_EQ(syntax_error("{\"password\": swordfish}").find("swordfish"), std::string::npos);
  syntax_error("");
  syntax_error("{");
  syntax_error("{\"a\": 1,}");
  syntax_error("{\"a\": \"\xFF\"}");
  syntax_error(std::string(100, '['));
}

}  // namespace
}  // namespace tailrace
