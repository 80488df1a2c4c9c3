<?php

declare(strict_types=1);

namespace Drupal\background_agents\Ui;

use Drupal\background_agents\Sidecar\ContactLog;
use Drupal\background_agents\Sidecar\SidecarClient;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Drupal\Core\StringTranslation\TranslatableMarkup;

/**
 * Says that this site may be a copy of the one that the sidecar serves.
 *
 * @internal
 */
final class SiteNotice {

  use StringTranslationTrait;

  public function __construct(
    private readonly SiteIdentity $identity,
    private readonly SidecarClient $sidecar,
    private readonly ContactLog $contacts,
  ) {}

  /**
   * What tells that another site answers to this sidecar; NULL: nothing does.
   */
  public function text(): ?TranslatableMarkup {
    if ($this->identity->isOff()) {
      return NULL;
    }
    $host = $this->identity->foreignHost();
    $told = $this->sidecar->otherSite() ?? $this->contacts->otherSite();
    return match (TRUE) {
      $host !== NULL => $this->t('Another site answers to this sidecar: by its settings this site is @url, but this page is at @host. Nothing is sent from here. @way', [
        '@url' => $this->identity->baseUrl(),
        '@host' => $host,
        '@way' => $this->wayOut(),
      ]),
      $told !== NULL => $this->t('Another site answers to this sidecar. @told @way', [
        '@told' => $told,
        '@way' => $this->wayOut(),
      ]),
      default => NULL,
    };
  }

  /**
   * What to do with a copy, and after a move.
   */
  public function wayOut(): TranslatableMarkup {
    return $this->t("If this is a copy, switch its agents off with \$settings<wbr>['background_agents']<wbr>['off'] = TRUE in settings.php, or give it a site id, a secret and a base URL of its own, which a sidecar knows. If the site has moved, set \$settings<wbr>['background_agents']<wbr>['base_url'] to its address, and run \"sidecar accept-site @id\" on the sidecar; further addresses of the site go into ['hosts'].", ['@id' => $this->identity->id()]);
  }

}
