#!/bin/sh
# What cron does for a partner with stock tools, every second here: `stock_loop.sh SCRIPT`, in the partner's folder.
while :; do
  case "$1" in
  *openssl_partner*)
    sh "$1" fetch open ack confirm
    sh "$1" answers
    ;;
  *)
    for file in in/*.zip.pgp; do
      told="work/${file##*/}/told"
      [ ! -e "$file" ] || [ -e "$told" ] || { PARCEL=$file sh "$1" open ack confirm && : >"$told"; }
    done
    ;;
  esac
  for word in in/word-*.p7m in/palang-*-answer-*.asc in/palang-*-head.asc; do
    [ ! -e "$word" ] || WORD=$word sh "$1" word || mv "$word" work/
  done
  sleep 1
done
