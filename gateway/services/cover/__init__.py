"""The page for people in a bundle: a Bukti Penerimaan Elektronik that can't lie unseen."""
