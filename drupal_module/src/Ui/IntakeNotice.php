<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Sidecar\SidecarClient;
use Drupal\background_agents\Sidecar\SiteSecrets;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Why jobs do not reach the sidecar, as far as this site can know.
 *
 * @internal
 */
final class IntakeNotice {

  use StringTranslationTrait;

  public function __construct(
    private readonly SiteSecrets $secrets,
    private readonly SignedRequests $signed,
    private readonly SidecarClient $sidecar,
    private readonly SiteNotice $site,
  ) {}

  /**
   * A sentence or two that say what to do; NULL when nothing is known.
   */
  public function text(): ?TranslatableMarkup {
    $anotherSite = $this->site->text();
    if ($anotherSite !== NULL) {
      return $anotherSite;
    }
    $wrong = $this->secrets->whatIsWrong();
    if ($wrong !== NULL) {
      return $this->t('@text', ['@text' => $wrong]);
    }
    $refused = $this->signed->lastRefusal();
    if ($refused !== NULL) {
      return $refused === 'timestamp_out_of_range'
        ? $this->t('Requests of a sidecar are refused: its clock and the clock of this site differ by more than five minutes. Synchronise them.')
        : $this->t('Requests of a sidecar are refused: its secret is not the one of this site. Set the same secret in both. Nothing is lost: runs are taken when it fits.');
    }
    $failure = $this->sidecar->lastFailure();
    return $failure === NULL ? NULL : $this->t('The sidecar did not take the last request: @what. Nothing is lost: it is sent again.', ['@what' => rtrim($failure, '.')]);
  }

}
