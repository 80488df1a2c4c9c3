<?php

declare(strict_types=1);

namespace Drupal\background_agents\Preview;

use Drupal\background_agents\Entity\Change;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Url;

/**
 * Addresses of the previews on the page of a draft.
 *
 * @internal
 */
final class PreviewUrls {

  public function __construct(
    private readonly LanguageManagerInterface $languages,
  ) {}

  /**
   * The address of a version, in the draft's language on this host.
   *
   * A language that has a host of its own is left out: no other site's page is
   * shown in a frame, and nobody may be logged in there.
   */
  public function of(Change $change, int $revision): string {
    $parameters = ['background_agents_change' => $change->id(), 'revision' => $revision];
    $language = $this->languages->getLanguage((string) $change->getTargetLangcode());
    $url = Url::fromRoute('background_agents.preview', $parameters, array_filter(['language' => $language]))->toString(TRUE)->getGeneratedUrl();
    return str_starts_with($url, '/') ? $url : Url::fromRoute('background_agents.preview', $parameters)->toString(TRUE)->getGeneratedUrl();
  }

}
