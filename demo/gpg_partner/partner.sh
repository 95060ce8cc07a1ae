#!/bin/sh
# docs/partner-gpg.md as one script, for the partner's folder: `partner.sh STEP...`. Steps: keys, card, gateway, consent;
# again; with PARCEL=in/FILE open, ack, confirm, as one call: `PARCEL=in/FILE partner.sh open ack confirm`; with WORD=in/FILE word.
set -eu
umask 077
. ./partner.env
export GNUPGHOME="$PWD/gnupg"
mkdir -p gnupg in out work done said answers
for line in no-auto-key-locate no-auto-key-retrieve disable-dirmngr; do
  grep -qx "$line" gnupg/gpg.conf 2>/dev/null || echo "$line" >>gnupg/gpg.conf
done
text() { sed -n 's/.*"'"$1"'":"\([^"]*\)".*/\1/p' "$2"; }
number() { sed -n 's/.*"'"$1"'":\([0-9][0-9]*\).*/\1/p' "$2"; }
sum() { sha256sum "$1" | cut -c1-64; }
now() { date -u +%Y-%m-%dT%H:%M:%SZ; }
say() { id=$(sum "$1"); cp "$1" "said/$id"; mv "$1" "out/$id.jws"; }
stop() { echo "$*" >&2; exit 1; }
for step in "$@"; do
case "$step" in
keys)
gpg --quick-gen-key "$PARTNER" ed25519 sign never
fingerprint=$(gpg --with-colons -k "=$PARTNER" | awk -F: '/^fpr/ { print $10; exit }')
gpg --quick-add-key "$fingerprint" cv25519 encr never
gpg --fingerprint "=$PARTNER"
;;
card)
certificate=$(gpg --armor --export-options export-minimal --export "=$PARTNER" | awk '{ printf "%s\\n", $0 }')
key() {
  kid=$(gpg --with-colons -k "=$PARTNER" | awk -F: -v use="$1" \
    '/^(pub|sub)/ { fits = index($12, use) } /^fpr/ && fits { print tolower($10); exit }')
  printf '{"alg":"OpenPGP","kid":"pgp-%s","not_after":"%s","not_before":"%s","public":"%s","role":"%s"}' \
    "$kid" "$(($(date -u +%Y) + 2))-01-01T00:00:00Z" "$(date -u +%Y-%m-%dT00:00:00Z)" "$certificate" "$2"
}
printf '{"at":"%s","aud":"%s","channel":"%s","contacts":["%s"],"envelopes":["openpgp"],"iss":"%s","keys":[%s,%s],' \
  "$(now)" "$GATEWAY" "$CHANNEL" "$CONTACT" "$PARTNER" "$(key s statement)" "$(key e seal)" >work/card.json
printf '"kind":"%s","name":"%s","peer":"%s","reply":"%s","test":true,"typ":"card","v":1}' \
  "${KIND:-operator}" "$NAME" "${PEER:-}" "${REPLY:-$CHANNEL}" >>work/card.json
gpg --yes --armor --local-user "=$PARTNER" --output card.asc --sign work/card.json
;;
consent)
{
  printf '{"at":"%s","aud":"%s","iss":"%s","typ":"consent","v":1,' "$(now)" "$GATEWAY" "$PARTNER"
  sed '1s/^{//' terms.json
} >work/consent.json
gpg --yes --armor --local-user "=$PARTNER" --output work/consent.asc --sign work/consent.json
say work/consent.asc
;;
gateway)
for file in gateway.asc gateway-answers.asc; do
  gpg --import "$file"
  gpg --show-keys --with-colons "$file" | awk -F: '/^fpr/ { print $10; exit }'
done
;;
open)
[ -n "$GATEWAY_KEY" ] || stop "step 3 comes first"
W="work/${PARCEL##*/}"; rm -rf "$W"; mkdir -p "$W"
gpg --output "$W/parcel.zip" --decrypt "$PARCEL" || stop "not for this key, or damaged"
[ "$(unzip -Z1 "$W/parcel.zip" | tr '\n' ' ')" = \
  "manifest.json manifest.json.jws manifest.json.asc entries.csv slice.salt " ] || stop "other files in it"
unzip -q "$W/parcel.zip" -d "$W"
gpg --status-file "$W/status" --verify "$W/manifest.json.asc" "$W/manifest.json" || stop "the signature does not hold"
[ "$(grep -c '^\[GNUPG:\] NEWSIG' "$W/status")" = 1 ] || stop "more than one signature"
grep -q "^\[GNUPG:\] VALIDSIG $GATEWAY_KEY " "$W/status" || stop "signed by another key"
M="$W/manifest.json"
[ "$(text partner "$M")" = "$PARTNER" ] || stop "for another partner"
[ "$(text gateway "$M")" = "$GATEWAY" ] || stop "from another gateway"
entries=$(sed -n 's/.*"entries":{"bytes":[0-9]*,"digest":"sha256:\([0-9a-f]*\)".*/\1/p' "$M")
[ "$(cat "$W/slice.salt" "$W/entries.csv" | sha256sum | cut -c1-64)" = "$entries" ] || stop "other entries"
awk -F, -v blocks="$(number block "$M")$(number listed "$M")" -v unblocks="$(number unblock "$M")$(number delisted "$M")" '
  NR > 1 && ($1 != NR - 1 || $2 !~ /^[1-9][0-9]+$/ || seen[$2]++) { bad = 1 }
  NR > 1 { if ($3 ~ /^(block|listed)$/) on++; else off++ }
  END { exit bad || on + 0 != blocks || off + 0 != unblocks }' "$W/entries.csv" || stop "entries that can not be meant"
turn="$(number epoch "$M")-$(number sequence "$M")"
newest=$(ls done | cut -d- -f1 | sort -n | tail -n 1)
[ "$(number epoch "$M")" -ge "${newest:-0}" ] || stop "an epoch that is over"
[ ! -e "done/$turn" ] || [ "$(cat "done/$turn")" = "$(sum "$M")" ] || stop "another parcel had this sequence"
grep -q '"test":true' "$M" && echo "a test: block nothing"
echo "good: $(text delivery "$M"), $(($(wc -l <"$W/entries.csv") - 1)) entries in $W/entries.csv"
;;
ack)
sync
about=$(printf '"epoch":%s,"manifest":"sha256:%s","parcel":"sha256:%s","sequence":%s' \
  "$(number epoch "$M")" "$(sum "$M")" "$(sum "$PARCEL")" "$(number sequence "$M")")
note=$(printf '%b' "$(text checkpoint "$M")" | sha256sum | cut -c1-64)
printf '{"at":"%s","aud":"%s","checkpoint":"sha256:%s",%s,"iss":"%s","result":"positive","typ":"ack","v":1}' \
  "$(now)" "$GATEWAY" "$note" "$about" "$PARTNER" >"$W/ack.json"
gpg --yes --armor --local-user "=$PARTNER" --output "$W/ack.asc" --sign "$W/ack.json"
sum "$M" >"done/$turn"
say "$W/ack.asc"
;;
confirm)
{
  echo "#palang $(text delivery "$M") sha256:$(sum "$M")"
  echo "entry;disposition;scope;at"
  awk -F, -v at="$(now)" -v on="${SAYS:-diblokir_total;total}" \
    'NR > 1 { print $1 ";" ($3 ~ /^(block|listed)$/ ? on : "dibuka;") ";" at }' "$W/entries.csv"
} >"$W/confirm.csv"
gpg --yes --armor --local-user "=$PARTNER" --output "$W/confirm.asc" --sign "$W/confirm.csv"
say "$W/confirm.asc"
;;
word)
[ -n "$ANSWER_KEY" ] || stop "step 3 comes first"
W=work/word; rm -rf "$W"; mkdir -p "$W"
gpg --status-file "$W/status" --output "$W/word.json" --decrypt "$WORD" || stop "the signature does not hold"
[ "$(grep -c '^\[GNUPG:\] NEWSIG' "$W/status")" = 1 ] || stop "not one signature"
[ "$(grep -c '^\[GNUPG:\] PLAINTEXT ' "$W/status")" = 1 ] || stop "not one text"
grep -q "^\[GNUPG:\] VALIDSIG $ANSWER_KEY " "$W/status" || stop "signed by another key"
D="$W/word.json"
[ "$(text iss "$D")" = "$GATEWAY" ] || stop "from another gateway"
[ "$(text aud "$D")" = "$PARTNER" ] || stop "for another partner"
case "$(text typ "$D")" in
answer)
  about=$(text statement "$D" | sed -n 's/^sha256:\([0-9a-f]\{64\}\)$/\1/p')
  [ -n "$about" ] || stop "an answer to nothing"
  [ ! -e "said/$about" ] || mv "said/$about" "answers/$about"
  [ -e "answers/$about" ] || stop "an answer to what was never said here"
  echo "$(text result "$D") $(text reason "$D") $(number row "$D") $about" | tr -s " "
  ;;
head)
  turn="$(number epoch "$D")-$(number sequence "$D")"
  newest=$(ls done | sort -t - -k 1,1n -k 2,2n | tail -n 1)
  [ "$(number sequence "$D")" = 0 ] || [ -e "done/$turn" ] || echo "parcel $turn was made; the newest here is ${newest:-none}"
  [ ! -e "done/$turn" ] || [ "$(cat "done/$turn")" = "$(text manifest "$D" | cut -d: -f2)" ] ||
    stop "another parcel has this sequence"
  expr "$(now)" \< "$(text until "$D")" >"$W/fresh" || stop "an old head: the gateway is silent"
  echo "head $turn, good until $(text until "$D")"
  ;;
*) stop "neither an answer nor a head" ;;
esac
mv "$WORD" answers/
;;
again)
for one in said/*; do
  [ ! -e "$one" ] || { cp "$one" work/again; say work/again; }
done
;;
*) stop "no step $step" ;;
esac
done
