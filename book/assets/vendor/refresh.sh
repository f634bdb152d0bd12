#!/bin/sh
# Fetch the scripts that the pages load, so that no page ever asks another host for them. Needs npm. Then commit what changed.
# What each is for: README.md beside this file. tests/book/test_vendor.py holds the files to SHA256SUMS.
set -eu
cd "$(dirname "$0")"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund \
    mathjax@3.2.2 @jupyter-widgets/html-manager@1.0.15 requirejs@2.3.8

from="$folder/node_modules"
rm -rf mathjax widgets/*.js widgets/*.woff2 requirejs
mkdir -p mathjax/output/chtml mathjax/input/tex widgets requirejs
cp "$from/mathjax/LICENSE" "$from/mathjax/es5/tex-mml-chtml.js" mathjax/
cp -r "$from/mathjax/es5/output/chtml/fonts" mathjax/output/chtml/
cp -r "$from/mathjax/es5/input/tex/extensions" mathjax/input/tex/
cp "$from/@jupyter-widgets/html-manager/dist/embed-amd.js" widgets/
cp "$from"/@jupyter-widgets/html-manager/dist/*.woff2 widgets/
cp "$from/requirejs/require.js" requirejs/
find mathjax widgets requirejs -type f | LC_ALL=C sort | xargs sha256sum >SHA256SUMS
