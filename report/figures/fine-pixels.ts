// Plot shifts figures by half a pixel where it believes itself under test, which it tells by mocha's `it`. A window with
// fine pixels, there only while Plot is loaded, makes the same figure everywhere.
(globalThis as { window?: unknown }).window = { devicePixelRatio: 2 };
