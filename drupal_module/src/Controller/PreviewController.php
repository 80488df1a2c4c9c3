<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Preview\PreviewPage;
use Drupal\background_agents\Preview\PreviewRefused;
use Drupal\background_agents\Preview\PreviewRenderer;
use Drupal\background_agents\Preview\PreviewVersions;
use Drupal\background_agents\Preview\PreviewVisitor;
use Drupal\background_agents\Review\ProposedVersions;
use Drupal\Core\Access\AccessResultInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\StringTranslation\StringTranslationTrait;
use Symfony\Component\HttpFoundation\Response;

/**
 * Shows reviewers one version of a draft's item in the site's theme.
 *
 * @internal
 */
final class PreviewController implements ContainerInjectionInterface {

  use AutowireTrait;
  use StringTranslationTrait;

  public function __construct(
    private readonly PreviewVersions $versions,
    private readonly ProposedVersions $proposed,
    private readonly PreviewRenderer $renderer,
    private readonly PreviewVisitor $visitor,
    private readonly PreviewPage $page,
  ) {}

  /**
   * Who may review the draft sees its versions, as core's preview has it.
   *
   * Of a test run, who may see its run and the item.
   */
  public function access(Change $background_agents_change, AccountInterface $account): AccessResultInterface {
    return $background_agents_change->isDryRun()
      ? $this->proposed->wholeAccess($background_agents_change, $account)
      : $background_agents_change->access('review', $account, TRUE);
  }

  /**
   * The item as the reviewer may see it, and around it the page of a visitor.
   *
   * @return array<string, mixed>|\Symfony\Component\HttpFoundation\Response
   *   A render array; a short page where there is nothing to show.
   */
  public function version(Change $background_agents_change, int $revision): array|Response {
    $version = $this->versions->find($background_agents_change, $revision);
    $this->visitor->begin();
    if ($version === NULL) {
      return $this->page->refusal(new PreviewRefused(404, $this->t('This version is not there any more. Load the page of the draft again.')));
    }
    if (!$this->renderer->canRender($version->getEntityTypeId())) {
      return $this->page->refusal(new PreviewRefused(404, $this->t('Content of this kind has no page of its own.')));
    }
    $build = $this->renderer->page($version);
    $this->visitor->become();
    return $this->page->withHead($build);
  }

}
