// What the browser's modules and their tests are checked for; style is left to the reader.
import js from "@eslint/js";
import globals from "globals";

export default [
  js.configs.recommended,
  {
    languageOptions: { ecmaVersion: 2024, sourceType: "module", globals: { ...globals.browser } },
    rules: { eqeqeq: ["error", "smart"], "no-var": "error", "prefer-const": "error", "no-shadow": "error" },
  },
];
