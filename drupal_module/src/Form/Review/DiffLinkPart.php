<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\Component\Plugin\PluginManagerInterface;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\Routing\RouteProviderInterface;
use Drupal\Core\Session\AccountInterface;
use Drupal\Core\Url;

/**
 * Leads to the comparison of the module Diff, where it is installed.
 *
 * @internal
 */
final class DiffLinkPart extends ReviewFormPartBase {

  /**
   * The layout that shows the page as a whole, with its changes marked.
   */
  private const string VISUAL = 'visual_inline';

  public function __construct(
    private readonly RouteProviderInterface $routes,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly LanguageManagerInterface $languages,
    private readonly AccountInterface $currentUser,
    private readonly ?PluginManagerInterface $layouts,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    $url = $this->url($page);
    return $url === NULL ? [] : [
      '#prefix' => '<p>',
      '#suffix' => '</p>',
      'link' => ['#type' => 'link', '#title' => $this->t('Compare with Diff'), '#url' => $url],
    ];
  }

  /**
   * The address of the comparison; NULL: there is none for this person.
   */
  private function url(ReviewPage $page): ?Url {
    $type = $page->shown->getEntityTypeId();
    $route = $type === 'node' ? 'diff.revisions_diff' : "entity.$type.revisions_diff";
    $layout = $this->layout();
    if ($page->former === NULL || $layout === NULL || $this->routes->getRoutesByNames([$route]) === []) {
      return NULL;
    }
    $url = Url::fromRoute($route, [
      $type => $page->shown->id(),
      'left_revision' => $page->former->getRevisionId(),
      'right_revision' => $page->shown->getRevisionId(),
      'filter' => $layout,
    ], array_filter(['language' => $this->languages->getLanguage($page->shown->language()->getId())]));
    // Its page asks for both, and would be refused.
    $mayView = $page->former->access('view', $this->currentUser) && $page->shown->access('view', $this->currentUser);
    return $mayView && $url->access($this->currentUser) ? $url : NULL;
  }

  /**
   * The visual layout where the site has it, else the first one.
   *
   * One that is switched on may be missing: the visual one needs a library.
   */
  private function layout(): ?string {
    if ($this->layouts === NULL) {
      return NULL;
    }
    $layouts = array_intersect_key((array) $this->configFactory->get('diff.settings')->get('general_settings.layout_plugins'), $this->layouts->getDefinitions());
    $layouts = array_filter($layouts, static fn (array $layout): bool => (bool) $layout['enabled']);
    uasort($layouts, static fn (array $one, array $other): int => $one['weight'] <=> $other['weight']);
    return isset($layouts[self::VISUAL]) ? self::VISUAL : array_key_first($layouts);
  }

}
